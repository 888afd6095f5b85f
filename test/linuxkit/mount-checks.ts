// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type MountReport, mountsOf, type ProbeReport } from '../support/probe.ts';
import type { Check } from './check.ts';
import { mountTable, type WantedMount } from './mount-table.ts';
import type { Wanted } from './settings.ts';

/** A volume's name as the source of a bind. */
const volume = /^[a-z0-9_-]+$/;

/** Where a bind's source is in the system. */
export function sourcePath(source: string): string {
  return volume.test(source) ? `/containers/volumes/${source}/merged` : source;
}

/** The root, every mount of the table, and the mounts that `runtime` makes in the container's root. */
export function mountChecks(wanted: Wanted): readonly Check[] {
  const table = mountTable(wanted);
  const covered = (path: string): boolean => table.some(({ destination }) => destination === path);
  const inRoot = ((wanted.runtime['mounts'] ?? []) as readonly Readonly<Record<string, string>>[]).filter(
    ({ destination }) => destination && !destination.startsWith('/') && !covered(`/${destination}`),
  );
  return [
    {
      what: 'root',
      wanted: wanted.readonly ? 'ro' : 'rw',
      found: ({ report }) => topmost(report, '/')?.options.find((word) => word === 'ro' || word === 'rw'),
    },
    ...table.flatMap((mount) => (mount.type === 'bind' ? bindChecks(mount, wanted) : [mountCheck(mount)])),
    ...inRoot.map(
      ({ destination, type }): Check => ({
        what: `runtime mount /${destination}`,
        wanted: type,
        found: ({ report }) => topmost(report, `/${destination}`)?.type,
      }),
    ),
  ];
}

function topmost(report: ProbeReport, point: string): MountReport | undefined {
  return mountsOf(report).findLast((mount) => mount.point === point);
}

const flags = new Set(['ro', 'nosuid', 'nodev', 'noexec']);

function mountCheck({ destination, type, options }: WantedMount): Check {
  const asked = options.filter((word) => flags.has(word)).toSorted();
  return {
    what: `mount ${destination}`,
    wanted: [type === 'cgroup' ? 'cgroup2' : type, ...asked],
    found: ({ report }) => {
      const mount = topmost(report, destination);
      return [mount?.type, ...(mount?.options ?? []).filter((word) => flags.has(word)).toSorted()];
    },
  };
}

/** That it is the same file as in the system, can be written as asked, and passes mounts on as asked. */
function bindChecks({ destination, source, options }: WantedMount, wanted: Wanted): readonly Check[] {
  const path = sourcePath(source);
  const shares = options.some((word) => word === 'rshared' || word === 'shared');
  return [
    {
      what: `bind ${destination}`,
      wanted: true,
      found: ({ report, host }) => {
        const own = report.paths[destination]?.identity;
        return own === undefined ? 'nothing there' : own === host.paths[path]?.identity || `${own}, not ${path}`;
      },
    },
    {
      what: `bind ${destination} read-only`,
      wanted: options.includes('ro') ? 'EROFS' : 'as in the system',
      // Another error than EROFS is about the file's own rights, which are not the mount's matter.
      found: ({ report, host }) => {
        const isReadonly = report.paths[destination]?.write === 'EROFS';
        if (options.includes('ro')) return isReadonly ? 'EROFS' : 'writable';
        return isReadonly === (host.paths[path]?.write === 'EROFS')
          ? 'as in the system'
          : report.paths[destination]?.write;
      },
    },
    ...(shares
      ? [
          {
            what: `bind ${destination} shared`,
            wanted: true,
            found: ({ report }: { report: ProbeReport }) =>
              topmost(report, destination)?.propagation.some((word) => word.startsWith('shared:')) ?? 'not mounted',
          },
        ]
      : []),
    ...(wanted.rootfsPropagation.endsWith('shared') && shares
      ? [
          {
            what: `bind ${destination} passes mounts on to the system`,
            wanted: true,
            found: ({ report, host }: { report: ProbeReport; host: ProbeReport }) =>
              groupOf(topmost(report, destination), 'shared') === groupOf(mountOf(host, path), 'master'),
          },
        ]
      : []),
  ];
}

/** The mount of the system that a path lies in; where a link leads elsewhere, by its file system. */
function mountOf(host: ProbeReport, path: string): MountReport | undefined {
  const target = host.paths[path]?.type === 'link' ? (host.paths[path].target ?? path) : path;
  const above = mountsOf(host).filter(({ point }) => `${target}/`.startsWith(point === '/' ? point : `${point}/`));
  return above.toSorted((a, b) => a.point.length - b.point.length).at(-1);
}

/** Number of the peer group that a mount passes mounts on to (`shared`), or takes them from (`master`). */
function groupOf(mount: MountReport | undefined, kind: 'shared' | 'master'): string | undefined {
  return mount?.propagation.find((word) => word.startsWith(`${kind}:`))?.split(':')[1];
}
