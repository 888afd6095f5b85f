// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Mount } from '../contract.ts';
import { AT_FDCWD, F_DUPFD_CLOEXEC, MOUNT_ATTR_RDONLY, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { type MountOptions, parseMountOptions, type PropagationChange } from './mount-options.ts';
import {
  attachTree,
  copyTree,
  longestFsconfigValue,
  makeFilesystem,
  setAttributes,
  setPropagation,
} from './mount-tree.ts';
import { resolveFrom } from './path.ts';
import { checkDestination, checkTarget } from './proc-targets.ts';
import { isFolder, openFileInRoot, openFolderInRoot, openInRoot } from './root-path.ts';
import { step } from './step.ts';

/** A mount of config.json with its options read and, for a bind, its source opened in the host's mount namespace. */
export interface PreparedMount {
  readonly mount: Mount;
  readonly options: MountOptions;
  /** A detached tree, for binds. */
  readonly tree?: number;
}

/**
 * Opens the sources of binds. Runs before the container's process exists: later a source may be out of reach, because its
 * user namespace cannot traverse the way to it. Relative sources start from the bundle (config.md, Mounts).
 */
export function prepareMount(sys: Sys, mount: Mount, bundle: string, opened: number[]): PreparedMount {
  const parsed = parseMountOptions(mount.options ?? []);
  const options: MountOptions = mount.type === 'bind' && parsed.bind === 'none' ? { ...parsed, bind: 'bind' } : parsed;
  if (options.bind === 'none' || options.remount) return { mount, options };
  const [unknown] = options.data;
  // mount(2) ignores it, and "r0" would leave writable what was meant to be read-only.
  if (unknown !== undefined) throw new Error(`bind on ${mount.destination}: "${unknown}" is no option of a bind`);
  const source = mount.source;
  if (source === undefined) throw new Error(`mount on ${mount.destination}: a bind needs a source`);
  const recursive = options.bind === 'rbind';
  const tree = step(`bind ${source} on ${mount.destination}: open the source`, () =>
    copyTree(sys, AT_FDCWD, resolveFrom(bundle, source), recursive),
  );
  opened.push(tree);
  return { mount, options, tree };
}

/** Where mounts go, and what else they depend on beside their own lines. */
export interface MountContext {
  /** Destinations are looked up inside this folder: the container's root, while it is a part of the host's tree. */
  readonly rootFd: number;
  /** Whether nothing there is an image's, so that every destination is good. */
  readonly trusted: boolean;
  /** What linux.rootfsPropagation makes of everything that comes from the host; undefined leaves it. */
  readonly inherited: PropagationChange | undefined;
  /** Collects mounts that become read-only when the root is complete: mount points and devices are yet to be made in them. */
  readonly readonlyLater: number[];
}

/** Mounts one line of config.json or runtime.json. Throws an Error that names source and destination. */
export function mountInRoot(sys: Sys, prepared: PreparedMount, context: MountContext): void {
  step(describeMount(prepared), () => {
    if (!context.trusted) checkDestination(sys, prepared.mount, prepared.tree, context.rootFd);
    mountPrepared(sys, prepared, context);
  });
}

function mountPrepared(sys: Sys, prepared: PreparedMount, context: MountContext): void {
  const { mount, options } = prepared;
  if (changesInPlace(prepared)) {
    refuseParameters(options);
    changeInPlace(sys, openInRoot(sys, context.rootFd, mount.destination), options);
  } else if (prepared.tree !== undefined) mountBind(sys, prepared.tree, prepared, context);
  else mountNew(sys, prepared, context);
}

/** A remount, or a change of propagation alone, for which mount(2) ignores source and type: nothing new is mounted. */
function changesInPlace({ mount, options }: Pick<PreparedMount, 'mount' | 'options'>): boolean {
  return options.remount || (mount.type === undefined && options.bind === 'none' && options.propagation.length > 0);
}

function describeMount({ mount, options }: PreparedMount): string {
  if (changesInPlace({ mount, options })) return `remount ${mount.destination}`;
  return options.bind === 'none'
    ? `mount ${mount.type ?? mount.source ?? 'nothing'} on ${mount.destination}`
    : `bind ${mount.source} on ${mount.destination}`;
}

/** Throws when parameters of the file system itself are to change: mount_setattr has no say in these. */
function refuseParameters({ data }: MountOptions): void {
  if (data[0] !== undefined) throw new Error(`"${data[0]}" is not supported yet, only attributes of the mount are`);
}

function changeInPlace(sys: Sys, target: number, options: MountOptions): void {
  try {
    applyOptions(sys, target, options);
  } finally {
    sys.close(target);
  }
}

function mountBind(sys: Sys, tree: number, { mount, options }: PreparedMount, context: MountContext): void {
  // As if copied after the namespace's mounts got the inherited propagation: without this a shared mount of the host would
  // stay in one peer group with the container's.
  if (context.inherited !== undefined) setPropagation(sys, tree, context.inherited);
  applyOptions(sys, tree, options);
  const open = isFolder(sys, tree) ? openFolderInRoot : openFileInRoot;
  const target = open(sys, context.rootFd, mount.destination);
  try {
    if (!context.trusted) checkTarget(sys, mount, target);
    attachTree(sys, tree, target);
  } finally {
    sys.close(target);
  }
}

function applyOptions(sys: Sys, tree: number, options: MountOptions): void {
  setAttributes(sys, tree, options.recursive, true);
  setAttributes(sys, tree, options.attributes, false);
  for (const change of options.propagation) setPropagation(sys, tree, change);
}

function mountNew(sys: Sys, { mount, options }: PreparedMount, context: MountContext): void {
  if (options.copyUp) throw new Error('tmpcopyup is not supported yet');
  // "cgroup" means the hierarchy that the host has; seen from a cgroup namespace its root is the container's own cgroup.
  const type = mount.type === 'cgroup' ? 'cgroup2' : (mount.type ?? '');
  const source = mount.source ?? type;
  const target = openFolderInRoot(sys, context.rootFd, mount.destination);
  try {
    if (!context.trusted) checkTarget(sys, mount, target);
    if (options.data.some((word) => word.length > longestFsconfigValue)) {
      mountByPath(sys, target, type, source, options);
      changeInPlace(sys, openInRoot(sys, context.rootFd, mount.destination), options);
    } else {
      mountByTree(sys, target, type, source, options, context);
    }
  } finally {
    sys.close(target);
  }
}

function mountByTree(
  sys: Sys,
  target: number,
  type: string,
  source: string,
  options: MountOptions,
  context: MountContext,
): void {
  const later = type === 'tmpfs' && (options.attributes.set & MOUNT_ATTR_RDONLY) !== 0;
  const tree = makeFilesystem(sys, type, source, later ? withoutReadonly(options) : options);
  try {
    setAttributes(sys, tree, options.recursive, true);
    for (const change of options.propagation) setPropagation(sys, tree, change);
    attachTree(sys, tree, target);
    if (later) context.readonlyLater.push(sys.fcntl(tree, F_DUPFD_CLOEXEC, 0));
  } finally {
    sys.close(tree);
  }
}

function withoutReadonly(options: MountOptions): MountOptions {
  return {
    ...options,
    attributes: { ...options.attributes, set: options.attributes.set & ~MOUNT_ATTR_RDONLY },
    flags: options.flags.filter((flag) => flag !== 'ro'),
  };
}

/** mount(2) for parameters that fsconfig cannot take. The magic link names the target's descriptor, so no path is looked up. */
function mountByPath(sys: Sys, target: number, type: string, source: string, options: MountOptions): void {
  // The first four attributes have the same bits as mount(2)'s flags.
  const flags = options.attributes.set & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
  sys.mount(source, `/proc/self/fd/${target}`, type, flags, options.data.join(','));
}
