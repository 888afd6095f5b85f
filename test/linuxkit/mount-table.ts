// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { normalize } from 'node:path';
import type { Wanted } from './settings.ts';
import { asText } from './spec-text.ts';

/** A mount that a container is to have. */
export interface WantedMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

const usual: Readonly<Record<string, string>> = {
  proc: '/proc',
  devpts: '/dev/pts',
  sysfs: '/sys',
  cgroup: '/sys/fs/cgroup',
  mqueue: '/dev/mqueue',
};

/** By destination, in the order in which they are made: the defaults, over them tmpfs, binds and mounts. */
export function mountTable(wanted: Wanted): readonly WantedMount[] {
  const ro = wanted.readonly ? ['ro'] : [];
  const table = new Map<string, WantedMount>();
  const add = (destination: string, type: string, source: string, options: readonly string[]): void =>
    void table.set(destination, { destination, type, source, options });
  add('/proc', 'proc', 'proc', ['nosuid', 'nodev', 'noexec', 'relatime']);
  add('/dev', 'tmpfs', 'tmpfs', ['nosuid', ...ro]);
  add('/dev/pts', 'devpts', 'devpts', ['nosuid', 'noexec']);
  add('/sys', 'sysfs', 'sysfs', ['nosuid', 'noexec', 'nodev', ...ro]);
  add('/sys/fs/cgroup', 'cgroup', 'cgroup', ['nosuid', 'noexec', 'nodev', 'relatime', 'ro']);
  for (const text of wanted.tmpfs) {
    const [destination = '', options = ''] = text.split(':');
    add(destination, 'tmpfs', 'tmpfs', options.split(',').filter(Boolean));
  }
  for (const text of wanted.binds) {
    const [source = '', destination = '', options = 'rw,rbind,rshared'] = text.split(':');
    add(destination, 'bind', source, options.split(','));
  }
  for (const mount of wanted.mounts) {
    const source = asText(mount['source'] ?? '');
    const type = asText(mount['type'] ?? (source in usual ? source : 'tmpfs'));
    const destination = asText(mount['destination'] ?? usual[type]);
    add(destination, type, source || type, (mount['options'] ?? []) as string[]);
  }
  return [...table.values()]
    .map((mount) => ({ ...mount, destination: normalize(`/${mount.destination}`) }))
    .sort((a, b) => (a.destination < b.destination ? -1 : 1));
}
