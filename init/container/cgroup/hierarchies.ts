// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Which cgroup hierarchies the host has and where they are mounted: v2 alone, v1 with a hierarchy for each controller or
// few, or both ("hybrid"), where every controller is bound to one of them (cgroups(7)).

import { errnoOf, readText } from '../../files.ts';
import { AT_FDCWD, CGROUP2_SUPER_MAGIC, O_CLOEXEC, O_PATH } from '../../linux.ts';
import { unescapePath } from '../../mountinfo.ts';
import type { Sys } from '../../sys.ts';
import { cleanPath } from '../path.ts';
import { step } from '../step.ts';

/** A hierarchy of the host as it is mounted. */
export interface Hierarchy {
  /** Mount point. */
  readonly mount: string;
  /** The runtime's own cgroup, as a path below the mount point. */
  readonly own: () => string;
}

/** One of cgroup v1. */
export interface V1Hierarchy extends Hierarchy {
  /** Its controllers ("cpu", "cpuacct"), or only its own name ("name=systemd"). */
  readonly names: readonly string[];
}

/** All that the host has mounted. */
export interface Hierarchies {
  readonly v2: Hierarchy | undefined;
  readonly v1: readonly V1Hierarchy[];
}

const usualRoot = '/sys/fs/cgroup';
const usualHybridRoot = '/sys/fs/cgroup/unified';

/**
 * Finds what is mounted. With `root` it is the v2 hierarchy at that mount point and nothing else. Where the usual mount point
 * is v2, as on nearly all hosts, that is all that is looked at.
 */
export function findHierarchies(sys: Sys, root?: string): Hierarchies {
  if (root !== undefined && !isCgroup2(sys, root))
    throw new Error(`cgroup: expected a mounted cgroup v2 hierarchy on ${root}, found none`);
  const v2Root = root ?? (isCgroup2(sys, usualRoot) ? usualRoot : undefined);
  if (v2Root === undefined) return findMounted(sys);
  return { v2: { mount: v2Root, own: () => ownCgroups(sys).get('') ?? '/' }, v1: [] };
}

/** Mount point of the cgroup v2 hierarchy, where it usually is; undefined on a host without. */
export function findCgroupRoot(sys: Sys): string | undefined {
  return [usualRoot, usualHybridRoot].find((path) => isCgroup2(sys, path));
}

function isCgroup2(sys: Sys, path: string): boolean {
  try {
    const fd = sys.openat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
    try {
      return sys.fstatfs(fd).type === CGROUP2_SUPER_MAGIC;
    } finally {
      sys.close(fd);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function findMounted(sys: Sys): Hierarchies {
  const mounts = cgroupMounts(readText(sys, '/proc/self/mountinfo'));
  if (mounts.length === 0) return { v2: undefined, v1: [] };
  const v1: V1Hierarchy[] = [];
  let v2: Hierarchy | undefined;
  for (const [names, path] of cgroupLines(readText(sys, '/proc/self/cgroup'))) {
    const isV2 = names.length === 1 && names[0] === '';
    const mount = mounts.find(({ type, options }) => (isV2 ? type === 'cgroup2' : options.includes(names[0] ?? '')));
    if (mount === undefined) continue;
    const hierarchy = { mount: mount.point, own: () => pathBelow(mount.root, path) };
    if (isV2) v2 = hierarchy;
    else v1.push({ ...hierarchy, names });
  }
  return { v2, v1 };
}

interface CgroupMount {
  readonly type: string;
  /** The cgroup that is mounted there. */
  readonly root: string;
  readonly point: string;
  /** Of the hierarchy: "rw", "cpu", "cpuacct", "name=systemd". */
  readonly options: readonly string[];
}

/**
 * The cgroup mounts of /proc/PID/mountinfo (proc_pid_mountinfo(5)), those at the usual place first. Of a host with thousands of
 * mounts only these lines are taken apart.
 */
function cgroupMounts(mountinfo: string): readonly CgroupMount[] {
  const mounts: CgroupMount[] = [];
  const separator = ' - ';
  for (
    let at = mountinfo.indexOf(`${separator}cgroup`);
    at >= 0;
    at = mountinfo.indexOf(`${separator}cgroup`, at + 1)
  ) {
    const [, , , root = '', point = ''] = mountinfo.slice(mountinfo.lastIndexOf('\n', at) + 1, at).split(' ');
    const [type = '', , options = ''] = mountinfo.slice(at + separator.length, mountinfo.indexOf('\n', at)).split(' ');
    if (type === 'cgroup' || type === 'cgroup2')
      mounts.push({ type, root: unescapePath(root), point: unescapePath(point), options: options.split(',') });
  }
  const isUsual = ({ point }: CgroupMount): boolean => point.startsWith(usualRoot);
  return [...mounts.filter(isUsual), ...mounts.filter((mount) => !isUsual(mount))];
}

/** Only a part of the hierarchy may be mounted, as in a container without a cgroup namespace of its own. */
function pathBelow(mountRoot: string, path: string): string {
  if (mountRoot === '/') return path;
  return path === mountRoot || path.startsWith(`${mountRoot}/`) ? cleanPath(path.slice(mountRoot.length)) : '/';
}

/** The caller's own cgroups by controller or hierarchy's name, the v2 one under "". */
function ownCgroups(sys: Sys): ReadonlyMap<string, string> {
  const lines = cgroupLines(readText(sys, '/proc/self/cgroup'));
  return new Map(lines.flatMap(([names, path]) => names.map((name) => [name, path] as const)));
}

/**
 * Lines of /proc/PID/cgroup: "4:cpu,cpuacct:/user.slice", "1:name=systemd:/", "0::/user.slice" (cgroups(7)). The names are
 * controllers, or what a hierarchy without any is called; v2 has one empty name.
 */
export function cgroupLines(text: string): readonly (readonly [names: readonly string[], path: string])[] {
  return text.split('\n').flatMap((line) => {
    const [, names, ...path] = line.split(':');
    return names === undefined ? [] : [[names.split(','), cleanPath(path.join(':'))] as const];
  });
}

/** The v2 cgroup of a process, as a path from the hierarchy's root; undefined when it has ended or there is no v2. */
export function cgroupOfProcess(sys: Sys, pid: number): string | undefined {
  const text = step(`read the cgroup of process ${pid}`, () => readText(sys, `/proc/${pid}/cgroup`));
  return cgroupLines(text).find(([[name]]) => name === '')?.[1];
}
