// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Mount } from '../../init/contract/runtime-config.ts';
import { TskitError } from '../errors.ts';
import type { ImageSettings, MountSpec } from '../spec/types.ts';
import { isShared } from './namespaces.ts';

/** Types that are known by their usual source, and where each of them belongs (LinuxKit, moby/config.go). */
const usualPlaces: ReadonlyMap<string, string> = new Map([
  ['proc', '/proc'],
  ['devpts', '/dev/pts'],
  ['sysfs', '/sys'],
  ['cgroup', '/sys/fs/cgroup'],
  ['mqueue', '/dev/mqueue'],
]);

/** Docker's options. No /dev/shm and no /dev/mqueue: LinuxKit leaves those to `mounts` and `tmpfs`. */
function defaults(settings: ImageSettings): readonly Mount[] {
  const ro = settings.readonly === true ? ['ro'] : [];
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'nodev', 'noexec', 'relatime'] },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k', ...ro],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
    },
    maySeeNetwork(settings)
      ? { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', ...ro] }
      : { destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', 'nosuid', 'noexec', 'nodev', 'rro'] },
    {
      // An OCI runtime mounts cgroup2 for this type where the hierarchy is unified (runtime-spec config-linux.md,
      // Control groups).
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'],
    },
  ];
}

/** A new sysfs shows a network, which only that network's own users may do: for others it is the system's. */
function maySeeNetwork({ userns, net }: ImageSettings): boolean {
  return isShared(userns) || !isShared(net);
}

/**
 * All mounts of a container in the order they are made: by destination, so that /dev comes before /dev/pts. Of several
 * for one destination the last stands: defaults, then `tmpfs`, `binds`, `mounts`.
 */
export function containerMounts(settings: ImageSettings): readonly Mount[] {
  const mounts = [
    ...defaults(settings),
    ...(settings.tmpfs ?? []).map(tmpfsMount),
    ...(settings.binds ?? []).map(bindMount),
    ...(settings.mounts ?? []).map(otherMount),
  ];
  const byDestination = new Map(mounts.map((mount) => [mount.destination, mount]));
  return [...byDestination.values()].sort((a, b) => (a.destination < b.destination ? -1 : 1));
}

/** `/destination[:option,option]` */
function tmpfsMount(text: string): Mount {
  const [destination = '', options, ...rest] = text.split(':');
  if (rest.length > 0 || !destination.startsWith('/')) {
    throw new TskitError('spec', `tmpfs: expected "/DESTINATION[:OPTION,...]", found "${text}"`);
  }
  return { destination, type: 'tmpfs', source: 'tmpfs', options: options === undefined ? [] : options.split(',') };
}

/** `/source:/destination[:option,option]`; options that are given replace the defaults, but a bind stays recursive. */
function bindMount(text: string): Mount {
  const [source = '', destination, options, ...rest] = text.split(':');
  if (rest.length > 0 || source === '' || destination === undefined || !destination.startsWith('/')) {
    throw new TskitError('spec', `binds: expected "/SOURCE:/DESTINATION[:OPTION,...]", found "${text}"`);
  }
  return {
    destination,
    type: 'bind',
    source,
    options: options === undefined ? ['rw', 'rbind', 'rshared'] : [...options.split(','), 'rbind'],
  };
}

/** An OCI mount in which what the type implies may be left out. */
function otherMount(mount: MountSpec): Mount {
  const type = mount.type || inferType(mount);
  const destination = mount.destination || (type === undefined ? undefined : usualPlaces.get(type));
  if (type === undefined || destination === undefined) {
    const missing = type === undefined ? 'type' : 'destination';
    throw new TskitError('spec', `mounts: expected a ${missing}, found none in ${JSON.stringify(mount)}`, {
      hint: `only ${[...usualPlaces.keys()].join(', ')} and a tmpfs on /dev imply one`,
    });
  }
  return {
    destination,
    type,
    source: mount.source || type,
    ...(mount.options === undefined ? {} : { options: mount.options }),
    ...mappingsOf(mount),
  };
}

/** LinuxKit spells them in lower case. */
export function mappingsOf(mount: MountSpec): Pick<Mount, 'uidMappings' | 'gidMappings'> {
  const uidMappings = mount.uidMappings ?? mount.uidmappings ?? [];
  const gidMappings = mount.gidMappings ?? mount.gidmappings ?? [];
  return {
    ...(uidMappings.length === 0 ? {} : { uidMappings }),
    ...(gidMappings.length === 0 ? {} : { gidMappings }),
  };
}

function inferType(mount: MountSpec): string | undefined {
  if (mount.source !== undefined && usualPlaces.has(mount.source)) return mount.source;
  return mount.destination === '/dev' ? 'tmpfs' : undefined;
}
