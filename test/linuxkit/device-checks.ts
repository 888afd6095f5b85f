// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Check } from './check.ts';
import type { Wanted } from './settings.ts';
import { asText } from './spec-text.ts';

/** The collector's disk, which only a rule of the device cgroup opens. */
const disk = '/dev/vda';

/** Nodes of /dev; in the system's own whether its disks can be used. */
export function deviceChecks(wanted: Wanted): readonly Check[] {
  const nodes = wanted.devices.filter(({ path }) => path !== 'all');
  const open = wanted.devices.some(({ path, type }) => path === 'all' && (type === 'a' || type === 'b'));
  if (mountsDev(wanted))
    return [
      { what: `opening ${disk}`, wanted: open ? 'ok' : 'EPERM', found: ({ report }) => report.paths[disk]?.read },
    ];
  return nodes.map(({ path, type, major, minor, mode }) => ({
    what: `device ${asText(path)}`,
    wanted: [type === 'b' ? 'block' : 'character', `${asText(major)}:${asText(minor)}`, modeOf(wanted, path, mode)],
    found: ({ report }) => {
      const found = report.paths[asText(path)];
      return [found?.type, found?.device, modeOf(wanted, path, found?.mode?.toString(8))];
    },
  }));
}

/** A node that is a bind of the system's has the system's mode. */
function modeOf(wanted: Wanted, path: unknown, mode: unknown): unknown {
  return wanted.binds.some((bind) => bind.split(':')[1] === path) ? 'the system’s' : Number.parseInt(asText(mode), 8);
}

/** Whether a container has the system's /dev. */
export const mountsDev = (wanted: Wanted): boolean => wanted.binds.some((bind) => bind.split(':')[1] === '/dev');
