// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// From the mount namespace as it was cloned to the container's root as "/" (config.md, Root, Mounts; config-linux.md).

import { errnoOf } from '../../files.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  MS_SHARED,
  O_CLOEXEC,
  O_PATH,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { makeDevices } from './devices.ts';
import { makePathsReadonly, maskPaths } from './masked-paths.ts';
import { openSource as openBindSource } from './mount-bind.ts';
import { describeMount, type MountPlan } from './mount-plan.ts';
import type { MountContext } from './mount-target.ts';
import { attachTree, copyTree, setAttributes, setPropagation } from './mount-tree.ts';
import { mountInRoot } from './mounts.ts';
import { cleanPath } from '../path.ts';
import { isFolder, openFolderInRoot } from './root-path.ts';
import { type ChangeOfRoot, changeRoot } from './root-change.ts';
import type { FetchTree } from './root-fetch.ts';
import type { RootPlan } from './root-plan.ts';
import { step } from '../step.ts';
import { makeConsolePlace } from '../terminal/terminal.ts';

/** A root whose mounts and devices are there, while "/" is the host's still. */
export interface BuiltRoot {
  /** The root's uppermost mount. */
  readonly fd: number;
  /** Mounts that become read-only when nothing is to be made in them any more. */
  readonly readonlyLater: readonly number[];
}

/**
 * Mounts the root at its path, and in it what the configuration lists. Runs in the container's process, as root of its user
 * namespace. Hooks, and binds whose source lies in the root, find it at its path. Where the process cannot go there, it is mounted
 * over "/", which hides nothing from who has that as its root already; all that follows is done by descriptor.
 */
export function buildRoot(sys: Sys, plan: RootPlan, fetch: FetchTree | undefined): BuiltRoot {
  const { inherited } = plan.propagation;
  const open = (mount: MountPlan): number => openBindSource(sys, mount, fetch);
  if (plan.ownMounts) step('set the propagation of /', () => setInherited(sys, inherited.type));
  const place = step(`root ${plan.path}`, () => openPlace(sys, plan.path, fetch !== undefined));
  // Where the root covers "/", nobody who enters the mount namespace afterwards finds the host's paths.
  const opened = openAll(place === undefined ? plan.mounts : [], open);
  const context: MountContext = {
    rootFd: step(`root ${plan.path}`, () => mountRoot(sys, plan, place, fetch)),
    trusted: false,
    keepsModes: true,
    ownCgroups: plan.ownCgroups,
    label: plan.label,
    openSource: (mount) => opened.get(mount) ?? open(mount),
    readonlyLater: [],
  };
  for (const mount of plan.mounts) mountInRoot(sys, mount, context);
  const onDev = plan.mounts.filter(({ destination }) => cleanPath(destination) === '/dev');
  // A /dev that is bound from elsewhere is taken as it is.
  if (!onDev.some(({ kind }) => kind === 'bind'))
    makeDevices(sys, context.rootFd, plan.devices, {
      bound: plan.bindsDevices,
      mounted: onDev.length > 0,
      fetch,
    });
  if (plan.console) makeConsolePlace(sys, context.rootFd);
  return { fd: context.rootFd, readonlyLater: context.readonlyLater };
}

/** Makes read-only what is to be, hides what is to be hidden, and makes the root "/". */
export function enterRoot(sys: Sys, plan: RootPlan, { fd, readonlyLater }: BuiltRoot, how: ChangeOfRoot): void {
  // It may be missing, and is made by who is in a root that can be written.
  if (plan.readonly && plan.cwd !== '/') step(`make ${plan.cwd}`, () => sys.close(openFolderInRoot(sys, fd, plan.cwd)));
  for (const mount of readonlyLater) makeReadonly(sys, mount);
  makePathsReadonly(sys, fd, plan.readonlyPaths);
  maskPaths(sys, fd, plan.maskedPaths, plan.label);
  if (plan.readonly) step('make the root read-only', () => makeReadonly(sys, fd));
  step('change to the root', () => changeRoot(sys, fd, how, plan.propagation.inherited.type === MS_SHARED));
  const { final } = plan.propagation;
  if (final !== undefined) step("set the root's propagation", () => setPropagation(sys, fd, final));
}

function setInherited(sys: Sys, type: number): void {
  sys.mountSetattr(AT_FDCWD, '/', AT_RECURSIVE, { set: 0, clear: 0, propagation: type, usernsFd: 0 });
}

/** Opens the sources of binds. */
function openAll(mounts: readonly MountPlan[], open: (mount: MountPlan) => number): ReadonlyMap<MountPlan, number> {
  const opened = new Map<MountPlan, number>();
  for (const mount of mounts)
    if (mount.kind === 'bind') step(`${describeMount(mount)}: open the source`, () => opened.set(mount, open(mount)));
  return opened;
}

function mountRoot(sys: Sys, plan: RootPlan, place: number | undefined, fetch: FetchTree | undefined): number {
  const tree = place === undefined && fetch !== undefined ? fetch('root') : copyTree(sys, place ?? AT_FDCWD, '', true);
  if (!isFolder(sys, tree)) throw new Error('expected a folder, found a file');
  const target = place ?? sys.openat(AT_FDCWD, '/', O_PATH | O_CLOEXEC, 0);
  // Neither may be shared: the mounts would reach the host, and pivot_root(2) refuses.
  if (plan.propagation.inherited.type === MS_SHARED || !plan.ownMounts) {
    setPropagation(sys, tree, { type: MS_PRIVATE, recursive: false });
    if (plan.ownMounts) makeParentPrivate(sys, target);
  }
  attachTree(sys, tree, target);
  sys.close(target);
  return tree;
}

/** Undefined when the process may not go there, and someone else can. */
function openPlace(sys: Sys, path: string, canFetch: boolean): number | undefined {
  try {
    return sys.openat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
  } catch (error) {
    if (canFetch && errnoOf(error) === 'EACCES') return undefined;
    throw error;
  }
}

/** Of the mount that a folder lies in: a mount alone can be told to be private, so the way up is gone until there is one. */
function makeParentPrivate(sys: Sys, folder: number): void {
  let at = sys.openat(folder, '.', O_PATH | O_CLOEXEC, 0);
  for (;;)
    try {
      sys.mountSetattr(at, '', AT_EMPTY_PATH, { set: 0, clear: 0, propagation: MS_PRIVATE, usernsFd: 0 });
      sys.close(at);
      return;
    } catch (error) {
      if (errnoOf(error) !== 'EINVAL') throw error;
      const above = sys.openat(at, '..', O_PATH | O_CLOEXEC, 0);
      sys.close(at);
      at = above;
    }
}

function makeReadonly(sys: Sys, mount: number): void {
  setAttributes(sys, mount, { set: MOUNT_ATTR_RDONLY, clear: 0 }, false);
}
