// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { podNamespacePath } from '../../init/contract/paths.ts';
import { TskitError } from '../errors.ts';
import type { ImageSettings } from '../spec/types.ts';
import { isShared } from './namespaces.ts';

/** As Kubernetes' shareProcessNamespace, of one service. */
export function sharesProcesses({ pid }: ImageSettings): boolean {
  return pid === 'pod';
}

/** A member joins what its pod has, whatever the label of its image says. Throws a TskitError for a user namespace of its own. */
export function withPod(settings: ImageSettings, pod: string | undefined): ImageSettings {
  if (pod === undefined) {
    if (!sharesProcesses(settings)) return settings;
    throw new TskitError('spec', 'pid "pod": expected an entry with a pod, found none', {
      hint: 'add `pod: NAME` to this entry, or `pid: new`',
    });
  }
  if (!isShared(settings.userns)) {
    throw new TskitError(
      'spec',
      `pod "${pod}": expected no user namespace, found userns "${settings.userns ?? ''}" in the label`,
    );
  }
  const { hostname: _hostname, ...rest } = settings;
  return {
    ...rest,
    net: podNamespacePath(pod, 'net'),
    ipc: podNamespacePath(pod, 'ipc'),
    uts: podNamespacePath(pod, 'uts'),
    ...(sharesProcesses(settings) ? { pid: podNamespacePath(pod, 'pid') } : {}),
  };
}
