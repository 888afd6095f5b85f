// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { HookState } from '../container/hooks.ts';
import type { ContainerState } from './state-file.ts';

/** What a hook is told of a container that is kept (runtime.md, State). */
export function hookState(state: ContainerState, status: HookState['status']): HookState {
  const { ociVersion, id, bundle, annotations, process } = state;
  return {
    ociVersion,
    id,
    status,
    ...(status === 'stopped' || process === undefined ? {} : { pid: process.pid }),
    bundle,
    ...(annotations === undefined ? {} : { annotations }),
  };
}
