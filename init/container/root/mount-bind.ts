// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../../files.ts';
import { AT_FDCWD } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { exactAttributes, mentionedAttributes, type MountFlags } from './mount-flags.ts';
import type { MountOptions } from './mount-options.ts';
import type { MountPlan } from './mount-plan.ts';
import { copyTree, setAttributes, setPropagation } from './mount-tree.ts';

/** Opens a bind's tree where this process cannot: its ids are to be mapped, or the way to it is closed. */
export type FetchTree = (plan: MountPlan) => number;

/**
 * A detached copy of what a bind shows. Looked up now and not earlier, because a source may lie in the root, among the mounts
 * that were made before.
 */
export function openSource(sys: Sys, plan: MountPlan, fetch: FetchTree | undefined): number {
  if (plan.idMap !== undefined) {
    if (fetch === undefined) throw new Error('id-mapped mounts need a runtime with the privileges of root');
    return fetch(plan);
  }
  try {
    return copySource(sys, plan);
  } catch (error) {
    if (fetch === undefined || errnoOf(error) !== 'EACCES') throw error;
    return fetch(plan);
  }
}

/** A detached copy of a bind's source, looked up from the root of the process. */
export function copySource(sys: Sys, { source, options }: MountPlan): number {
  return copyTree(sys, AT_FDCWD, source, options.bind === 'rbind', !options.links.source);
}

/** Gives a mount that is there the flags and the propagation of its line. */
export function applyOptions(sys: Sys, tree: number, options: MountOptions): void {
  applyFlags(sys, tree, options.flags);
  setAttributes(sys, tree, options.recursive, true);
  for (const change of options.propagation) setPropagation(sys, tree, change);
}

/**
 * Makes a mount's flags those given, when any is. Flags that it had when it came into a user namespace are locked there
 * (mount_namespaces(7)): those that are not mentioned stay then. To clear one that is mentioned fails with EPERM.
 */
export function applyFlags(sys: Sys, tree: number, flags: MountFlags): void {
  try {
    setAttributes(sys, tree, exactAttributes(flags), false);
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') throw error;
    setAttributes(sys, tree, mentionedAttributes(flags), false);
  }
}
