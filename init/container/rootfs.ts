// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// From the mount namespace as it was cloned to the container's root as "/" (config.md, Root, Mounts; config-linux.md).

import type { RuntimeConfig } from '../contract.ts';
import { errnoOf } from '../files.ts';
import {
  AT_FDCWD,
  MNT_DETACH,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  MS_SHARED,
  MS_SLAVE,
  O_CLOEXEC,
  O_PATH,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import { makeDevice, makeDeviceLinks, type PreparedDevice } from './devices.ts';
import { makePathsReadonly, maskPaths } from './masked-paths.ts';
import { parsePropagation, type PropagationChange } from './mount-options.ts';
import { attachTree, setAttributes, setPropagation } from './mount-tree.ts';
import { mountInRoot, type PreparedMount } from './mounts.ts';
import { cleanPath } from './path.ts';
import { step } from './step.ts';
import { makeConsolePlace } from './terminal.ts';

/** What the runtime opened on the host for the container's root. */
export interface PreparedRoot {
  /** A detached copy of the tree that root.path names. */
  readonly tree: number;
  readonly mounts: readonly PreparedMount[];
  readonly devices: readonly PreparedDevice[];
  readonly propagation: RootPropagation;
}

export interface RootPropagation {
  /** What everything that comes from the host gets first: shared, slave or private. */
  readonly inherited: PropagationChange;
  /** What "/" gets in the end, when the configuration says so. */
  readonly final: PropagationChange | undefined;
}

/** linux.rootfsPropagation; by default what the host mounts later reaches the container, never the other way. */
export function rootPropagation(word: string | undefined): RootPropagation {
  if (word === undefined || word === '') return { inherited: { type: MS_SLAVE, recursive: true }, final: undefined };
  const final = parsePropagation(word);
  if (final === undefined)
    throw new Error(`linux.rootfsPropagation: expected shared, slave, private or unbindable, found "${word}"`);
  // Nothing could be bound any more from an unbindable tree, so that is for the end.
  const type = final.type === MS_SHARED || final.type === MS_SLAVE ? final.type : MS_PRIVATE;
  return { inherited: { type, recursive: true }, final };
}

/** A root whose mounts and devices are there, while "/" is the host's still. */
export interface BuiltRoot {
  readonly prepared: PreparedRoot;
  readonly oldRoot: number;
  /** Mounts that become read-only when nothing is to be made in them any more. */
  readonly readonlyLater: readonly number[];
}

/**
 * Mounts the root and what goes into it. Runs in the container's mount namespace. The tree is mounted over the old root, so
 * that no folder of the host has to be within reach of the container's user, and everything inside is then done by
 * descriptor. `place` is where it is mounted instead, if it can be: hooks look for it at its path of the host.
 */
export function buildRoot(sys: Sys, config: RuntimeConfig, root: PreparedRoot, place?: string): BuiltRoot {
  const { tree, propagation } = root;
  const oldRoot = sys.openat(AT_FDCWD, '/', O_PATH | O_CLOEXEC, 0);
  step(`mount the root ${config.root.path}`, () => attachRoot(sys, oldRoot, root, place));
  const readonlyLater: number[] = [];
  const context = { rootFd: tree, trusted: false, inherited: propagation.inherited, readonlyLater };
  for (const mount of root.mounts) mountInRoot(sys, mount, context);
  fillDev(sys, root);
  if (config.process.terminal === true) makeConsolePlace(sys, tree);
  return { prepared: root, oldRoot, readonlyLater };
}

/** Makes read-only what is to be, hides what is to be hidden and makes the root "/". */
export function enterRoot(sys: Sys, config: RuntimeConfig, built: BuiltRoot): void {
  const { prepared, oldRoot, readonlyLater } = built;
  const { tree, propagation } = prepared;
  for (const mount of readonlyLater) makeReadonly(sys, mount);
  makePathsReadonly(sys, tree, config.linux?.readonlyPaths ?? []);
  maskPaths(sys, tree, config.linux?.maskedPaths ?? []);
  if (config.root.readonly === true) step('make the root read-only', () => makeReadonly(sys, tree));
  step('change to the root', () => pivot(sys, tree, oldRoot));
  const { final } = propagation;
  if (final !== undefined) step("set the root's propagation", () => setPropagation(sys, tree, final));
}

/** Neither the tree nor what it is mounted on may be shared, or pivot_root(2) refuses and the mounts would reach the host. */
function attachRoot(sys: Sys, oldRoot: number, { tree, propagation }: PreparedRoot, place: string | undefined): void {
  const { inherited } = propagation;
  setPropagation(sys, oldRoot, inherited);
  setPropagation(sys, tree, inherited);
  setPropagation(sys, oldRoot, { type: MS_PRIVATE, recursive: false });
  if (inherited.type === MS_SHARED) setPropagation(sys, tree, { type: MS_PRIVATE, recursive: false });
  // Of "/" it is known that it is a mount and can be made private by itself.
  const target = inherited.type === MS_SHARED || place === undefined ? undefined : openPlace(sys, place);
  attachTree(sys, tree, target ?? oldRoot);
  if (target !== undefined) sys.close(target);
}

/** Undefined when the user namespace may not go there. */
function openPlace(sys: Sys, place: string): number | undefined {
  try {
    return sys.openat(AT_FDCWD, place, O_PATH | O_CLOEXEC, 0);
  } catch (error) {
    if (errnoOf(error) === 'EACCES') return undefined;
    throw error;
  }
}

/** A /dev that is bound from elsewhere is taken as it is. */
function fillDev(sys: Sys, root: PreparedRoot): void {
  if (root.mounts.some(({ mount, tree }) => cleanPath(mount.destination) === '/dev' && tree !== undefined)) return;
  for (const device of root.devices) makeDevice(sys, root.tree, device);
  makeDeviceLinks(sys, root.tree);
}

function makeReadonly(sys: Sys, mount: number): void {
  setAttributes(sys, mount, { set: MOUNT_ATTR_RDONLY, clear: 0 }, false);
}

/** pivot_root(2), the "." form: the old root comes to lie over the new one and is taken off with all that is below it. */
function pivot(sys: Sys, tree: number, oldRoot: number): void {
  sys.fchdir(tree);
  sys.pivotRoot('.', '.');
  // What was shared with the host must not be unmounted there too.
  setPropagation(sys, oldRoot, { type: MS_SLAVE, recursive: true });
  sys.fchdir(oldRoot);
  sys.umount2('.', MNT_DETACH);
  sys.chdir('/');
}
