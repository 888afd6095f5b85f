// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Linux, NamespaceType } from '../../init/contract/linux-config.ts';
import { TskitError } from '../errors.ts';
import type { ImageSettings } from '../spec/types.ts';

type Namespace = NonNullable<Linux['namespaces']>[number];

/** Whether a setting such as `net` leaves a container in the system's namespace. */
export function isShared(value: string | undefined): boolean {
  return value === undefined || value === '' || value === 'host' || value === 'root';
}

/**
 * The id mappings of a user namespace. A new one without any has no user that the image's files belong to, and mappings without
 * one mean nothing: both throw a TskitError that says what to add.
 */
export function idMappings(settings: ImageSettings): Pick<Linux, 'uidMappings' | 'gidMappings'> {
  const { userns, uidMappings = [], gidMappings = [] } = settings;
  const missing = [
    ...(uidMappings.length === 0 ? ['uidMappings'] : []),
    ...(gidMappings.length === 0 ? ['gidMappings'] : []),
  ];
  if (userns === 'new' && missing.length > 0) {
    throw new TskitError(
      'spec',
      `userns "new": expected uidMappings and gidMappings, found no ${missing.join(' and no ')}`,
      {
        hint: `add \`${missing[0]}: [{ containerID: 0, hostID: 100000, size: 65536 }]\` to this entry`,
      },
    );
  }
  if (isShared(userns) && missing.length < 2) {
    const found = uidMappings.length > 0 ? 'uidMappings' : 'gidMappings';
    throw new TskitError('spec', `${found}: expected a user namespace of its own, found the host's`, {
      hint: 'add `userns: new` to this entry',
    });
  }
  return {
    ...(uidMappings.length === 0 ? {} : { uidMappings }),
    ...(gidMappings.length === 0 ? {} : { gidMappings }),
  };
}

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
