// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Linux, NamespaceType } from '../../init/contract.ts';
import type { ImageSettings } from '../spec/types.ts';

type Namespace = NonNullable<Linux['namespaces']>[number];

/**
 * LinuxKit's defaults: network, ipc, uts and user namespaces are the host's unless asked for, pid is new, mount always
 * is. "host" and "root" mean the host's, "new" (for net also "none") a new one, anything else is the path of an
 * existing one.
 */
export function namespaces(settings: ImageSettings): readonly Namespace[] {
  return [
    ...shared('network', settings.net === 'none' ? 'new' : settings.net),
    ...shared('ipc', settings.ipc),
    ...shared('uts', settings.uts),
    ...namespace('pid', settings.pid || 'new'),
    ...shared('user', settings.userns),
    { type: 'mount' },
  ];
}

function shared(type: NamespaceType, value: string | undefined): readonly Namespace[] {
  return namespace(type, value || 'host');
}

function namespace(type: NamespaceType, value: string): readonly Namespace[] {
  if (value === 'host' || value === 'root') return [];
  return [value === 'new' ? { type } : { type, path: value }];
}
