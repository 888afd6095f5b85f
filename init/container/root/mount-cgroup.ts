// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A mount of type "cgroup": whatever hierarchies the host has. Where v2 stands alone, that one; else a tmpfs with a folder
// for each of v1, as systemd lays them out, and "unified" for v2 (config-linux.md, Control groups; cgroups(7)).

import { errnoOf, readText } from '../../files.ts';
import {
  AT_FDCWD,
  CGROUP2_SUPER_MAGIC,
  F_DUPFD_CLOEXEC,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  O_CLOEXEC,
  O_PATH,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { cgroupLines } from '../cgroup/hierarchies.ts';
import { applyFlags } from './mount-bind.ts';
import { makeFilesystem } from './mount-filesystem.ts';
import type { MountFlags } from './mount-flags.ts';
import type { MountPlan } from './mount-plan.ts';
import { type MountContext, placeTree } from './mount-target.ts';
import { attachTree, copyTree, setPropagation } from './mount-tree.ts';
import { step } from '../step.ts';

const hostPoint = '/sys/fs/cgroup';

/** Mounts the host's hierarchies: the container's own part of them when it has a cgroup namespace. */
export function mountCgroups(sys: Sys, plan: MountPlan, context: MountContext): void {
  if (!isUnified(sys)) {
    mountHierarchies(sys, plan, context);
    return;
  }
  const { options } = plan;
  const { set } = options.flags;
  // Read-only afterwards: in a shared /sys of the host the mount appears there too, as it is when it is attached.
  const flags = { ...options.flags, set: set & ~MS_RDONLY };
  const tree = unifiedTree(sys, { ...plan, options: { ...options, flags } }, hostPoint);
  if ((set & MS_RDONLY) !== 0) context.readonlyLater.push(sys.fcntl(tree, F_DUPFD_CLOEXEC, 0));
  placeTree(sys, tree, plan, context);
}

function isUnified(sys: Sys): boolean {
  const fd = sys.openat(AT_FDCWD, hostPoint, O_PATH | O_CLOEXEC, 0);
  try {
    return sys.fstatfs(fd).type === CGROUP2_SUPER_MAGIC;
  } finally {
    sys.close(fd);
  }
}

/** In a user namespace without a cgroup namespace of its own a new mount is refused: then it is the host's. */
export function unifiedTree(sys: Sys, { options }: MountPlan, point: string): number {
  try {
    return makeFilesystem(sys, 'cgroup2', 'cgroup', options);
  } catch (error) {
    if (errnoOf(error) !== 'EPERM' && errnoOf(error) !== 'EBUSY') throw error;
  }
  return boundTree(sys, point, options.flags);
}

function boundTree(sys: Sys, source: string, flags: MountFlags): number {
  const tree = copyTree(sys, AT_FDCWD, source, true);
  applyFlags(sys, tree, flags);
  return tree;
}

/** A line of /proc/PID/cgroup. */
export interface Hierarchy {
  /** Its folder's name: the controllers with commas between ("cpu,cpuacct"), or what it is called ("systemd", "unified"). */
  readonly name: string;
  /** What a mount of it takes; empty for v2. */
  readonly parameters: readonly string[];
  /** The process's cgroup in it. */
  readonly path: string;
}

/** The hierarchies of /proc/PID/cgroup: "4:cpu,cpuacct:/a", "1:name=systemd:/b", "0::/c". */
export function parseHierarchies(text: string): readonly Hierarchy[] {
  return cgroupLines(text).map(([names, path]) => {
    const [first = ''] = names;
    if (first === '') return { name: 'unified', parameters: [], path };
    if (first.startsWith('name=')) return { name: first.slice('name='.length), parameters: ['none', first], path };
    return { name: names.join(','), parameters: names, path };
  });
}

function mountHierarchies(sys: Sys, plan: MountPlan, context: MountContext): void {
  const { flags, propagation } = plan.options;
  const folder = makeFilesystem(sys, 'tmpfs', 'tmpfs', {
    flags: { set: MS_NOEXEC | MS_NOSUID | MS_NODEV, cleared: 0 },
    data: ['mode=755'],
    label: context.label,
  });
  const root = sys.fcntl(folder, F_DUPFD_CLOEXEC, 0);
  placeTree(sys, folder, plan, context);
  for (const hierarchy of parseHierarchies(readText(sys, '/proc/self/cgroup')))
    step(`cgroup ${hierarchy.name}`, () => mountHierarchy(sys, root, hierarchy, plan, context.ownCgroups));
  for (const change of propagation) setPropagation(sys, root, change);
  if ((flags.set & MS_RDONLY) === 0) sys.close(root);
  else context.readonlyLater.push(root);
}

/** One that has a controller but is mounted nowhere is left out. */
function mountHierarchy(sys: Sys, folder: number, hierarchy: Hierarchy, plan: MountPlan, own: boolean): void {
  const tree = own ? newTree(sys, hierarchy, plan) : hostTree(sys, hierarchy, plan.options.flags);
  if (tree === undefined) return;
  try {
    sys.mkdirat(folder, hierarchy.name, 0o755);
    const target = sys.openat(folder, hierarchy.name, O_PATH | O_CLOEXEC, 0);
    attachTree(sys, tree, target);
    sys.close(target);
  } finally {
    sys.close(tree);
  }
  const names = hierarchy.name.split(',');
  if (names.length > 1) for (const name of names) sys.symlinkat(hierarchy.name, folder, name);
}

function newTree(sys: Sys, { name, parameters }: Hierarchy, plan: MountPlan): number | undefined {
  if (parameters.length === 0)
    return unifiedTree(sys, { ...plan, options: { ...plan.options, data: [] } }, `${hostPoint}/${name}`);
  try {
    return makeFilesystem(sys, 'cgroup', 'cgroup', { flags: plan.options.flags, data: parameters });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENODEV') return undefined;
    throw error;
  }
}

/** The process's own cgroup, or in a host that shows it as another one (a container) all that this has. */
function hostTree(sys: Sys, { name, path }: Hierarchy, flags: MountFlags): number | undefined {
  for (const source of [`${hostPoint}/${name}${path}`, `${hostPoint}/${name}`])
    try {
      return boundTree(sys, source, flags);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  return undefined;
}
