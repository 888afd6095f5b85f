// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Lines of `mounts`, one after the other (config.md, Mounts).

import { errnoOf } from '../../files.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  F_DUPFD_CLOEXEC,
  MOUNT_ATTR_RDONLY,
  MS_RDONLY,
  S_IFLNK,
  S_IFMT,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { copyFolder } from './copy-folder.ts';
import { applyFlags, applyOptions } from './mount-bind.ts';
import { mountCgroups, unifiedTree } from './mount-cgroup.ts';
import { type FilesystemOptions, makeFilesystem, needsOldMount, reconfigureFilesystem } from './mount-filesystem.ts';
import { filesystemFlags, type MountFlags } from './mount-flags.ts';
import { describeMount, type MountPlan, refuseUnknown } from './mount-plan.ts';
import { attachChecked, type MountContext, placeTree } from './mount-target.ts';
import { copyTree, setAttributes, setPropagation } from './mount-tree.ts';
import { cleanPath } from '../path.ts';
import { checkDestination, checkTarget, needsPlainFolder, openPlainTarget } from './proc-targets.ts';
import { makeFolderInRoot, makeLinkInRoot, openInRoot, openInRootIfPresent } from './root-path.ts';
import { step } from '../step.ts';

/** Mounts one line of config.json or runtime.json. Throws an Error that names source and destination. */
export function mountInRoot(sys: Sys, plan: MountPlan, context: MountContext): void {
  step(describeMount(plan), () => {
    switch (plan.kind) {
      case 'change':
        return changeMount(sys, plan, context);
      case 'bind':
        return mountBind(sys, plan, context);
      case 'cgroup':
        return mountCgroups(sys, plan, context);
      case 'new':
        return mountNew(sys, plan, context);
    }
  });
}

function mountBind(sys: Sys, plan: MountPlan, context: MountContext): void {
  if (plan.options.links.copied && copyLink(sys, plan, context.rootFd)) return;
  const tree = step('open the source', () => context.openSource(plan));
  try {
    applyOptions(sys, tree, plan.options);
  } catch (error) {
    sys.close(tree);
    throw error;
  }
  placeTree(sys, tree, plan, context);
}

/** False when the source is no symbolic link. A link of that name that leads to the same is what is asked for. */
function copyLink(sys: Sys, { source, destination }: MountPlan, rootFd: number): boolean {
  if ((sys.statx(AT_FDCWD, source, AT_SYMLINK_NOFOLLOW).mode & S_IFMT) !== S_IFLNK) return false;
  makeLinkInRoot(sys, rootFd, destination, sys.readlinkat(AT_FDCWD, source));
  return true;
}

/** A remount. Parameters of the file system are for all who see it, so it is left alone unless some are given. */
function changeMount(sys: Sys, { destination, options }: MountPlan, context: MountContext): void {
  const mount = openInRoot(sys, context.rootFd, destination);
  try {
    const flags = filesystemFlags({ ...options.flags, set: options.flags.set & ~MS_RDONLY });
    const parameters = [...flags, ...options.data];
    if (options.bind !== 'none') refuseUnknown(destination, options.data);
    else if (parameters.length > 0) reconfigureFilesystem(sys, mount, parameters);
    applyOptions(sys, mount, options);
  } finally {
    sys.close(mount);
  }
}

function mountNew(sys: Sys, plan: MountPlan, context: MountContext): void {
  if (!context.trusted) checkDestination(sys, plan, undefined);
  const plain = !context.trusted && needsPlainFolder(plan);
  const path = cleanPath(plan.destination);
  const present = plain ? undefined : openInRootIfPresent(sys, context.rootFd, path);
  const target =
    present ?? (plain ? openPlainTarget(sys, plan, context.rootFd) : makeFolderInRoot(sys, context.rootFd, path));
  try {
    const { flags, data } = plan.options;
    const inherits = present !== undefined && context.keepsModes;
    const label = labelled(plan.type) ? context.label : undefined;
    const options = { flags, data: inherits ? withMode(sys, plan, present) : data, label };
    if (needsOldMount(options)) mountByPath(sys, target, plan, options, context);
    else mountByTree(sys, target, plan, options, context);
  } finally {
    sys.close(target);
  }
}

/** A tmpfs gets the mode of the folder that it covers, unless it has one of its own. */
function withMode(sys: Sys, { type, options: { data } }: MountPlan, covered: number): readonly string[] {
  if (type !== 'tmpfs' || data.some((word) => /(^|,)mode=/.test(word))) return data;
  const permissions = 0o7777;
  const mode = (sys.statx(covered, '', AT_EMPTY_PATH).mode & permissions).toString(8);
  return [...data, `mode=${mode}`];
}

/** The kernel's own file systems label what they have themselves. */
function labelled(type: string): boolean {
  return type !== 'proc' && type !== 'sysfs' && type !== 'mqueue' && type !== 'cgroup2';
}

function mountByTree(
  sys: Sys,
  target: number,
  plan: MountPlan,
  options: FilesystemOptions,
  context: MountContext,
): void {
  const { recursive, copyUp } = plan.options;
  // Where mount points, devices and copies are yet to be made.
  const isFilledLater = plan.type === 'tmpfs' || cleanPath(plan.destination) === '/dev';
  const isReadonly = (options.flags.set & MS_RDONLY) !== 0 || (recursive.set & MOUNT_ATTR_RDONLY) !== 0;
  const later = isFilledLater && isReadonly;
  const tree = makeTree(sys, plan, later ? { ...options, flags: withoutReadonly(options.flags) } : options);
  try {
    if (copyUp) copyFolder(sys, target, tree);
    setAttributes(sys, tree, later ? { ...recursive, set: recursive.set & ~MOUNT_ATTR_RDONLY } : recursive, true);
    for (const change of plan.options.propagation) setPropagation(sys, tree, change);
    attachChecked(sys, tree, target, plan, context);
    if (later) context.readonlyLater.push(sys.fcntl(tree, F_DUPFD_CLOEXEC, 0));
  } finally {
    sys.close(tree);
  }
}

/**
 * A user namespace may mount a new sysfs only when it owns the network namespace that this would show. A read-only one is
 * the host's instead, read-only with all that is mounted below it.
 */
function makeTree(sys: Sys, plan: MountPlan, options: FilesystemOptions): number {
  const { type, source } = plan;
  if (type === 'cgroup2') return unifiedTree(sys, plan, '/sys/fs/cgroup');
  try {
    return makeFilesystem(sys, type, source, options);
  } catch (error) {
    if (type !== 'sysfs' || errnoOf(error) !== 'EPERM' || (options.flags.set & MS_RDONLY) === 0) throw error;
  }
  const tree = copyTree(sys, AT_FDCWD, '/sys', true);
  applyFlags(sys, tree, options.flags);
  setAttributes(sys, tree, { set: MOUNT_ATTR_RDONLY, clear: 0 }, true);
  return tree;
}

function withoutReadonly(flags: MountFlags): MountFlags {
  return { ...flags, set: flags.set & ~MS_RDONLY };
}

/** mount(2) for parameters that fsconfig cannot take. The magic link names the target's descriptor, so no path is looked up. */
function mountByPath(
  sys: Sys,
  target: number,
  plan: MountPlan,
  { flags, data, label }: FilesystemOptions,
  context: MountContext,
): void {
  if (!context.trusted) checkTarget(sys, plan, target);
  const words = label === undefined ? data : [...data, `context="${label}"`];
  sys.mount(plan.source, `/proc/self/fd/${target}`, plan.type, flags.set, words.join(','));
  const mounted = openInRoot(sys, context.rootFd, plan.destination);
  for (const change of plan.options.propagation) setPropagation(sys, mounted, change);
  if (cleanPath(plan.destination) === '/') context.rootFd = mounted;
  else sys.close(mounted);
}
