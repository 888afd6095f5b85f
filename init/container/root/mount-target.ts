// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Where mounts go: the place is opened inside the root, made when it is missing, and checked, and a tree is attached there.

import { F_DUPFD_CLOEXEC } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import type { MountPlan } from './mount-plan.ts';
import { attachTree } from './mount-tree.ts';
import { cleanPath } from '../path.ts';
import { checkDestination, checkTarget } from './proc-targets.ts';
import { isFolder, openFileInRoot, openFolderInRoot, openLinkInRoot } from './root-path.ts';

/** What mounts depend on beside their own lines. */
export interface MountContext {
  /**
   * Destinations are looked up inside this folder: the container's root, while it is a part of the host's tree. What is
   * mounted on "/" takes its place.
   */
  rootFd: number;
  /** Whether nothing there is an image's, so that every destination is good. */
  readonly trusted: boolean;
  /** Whether a tmpfs without a mode of its own takes that of the folder that it covers, as other runtimes have it. */
  readonly keepsModes: boolean;
  /** Whether the container has a cgroup namespace of its own, so that new mounts of cgroups show its own part. */
  readonly ownCgroups: boolean;
  /** The SELinux label that new file systems get. */
  readonly label: string | undefined;
  /** Opens what a bind shows. */
  readonly openSource: (plan: MountPlan) => number;
  /** Collects mounts that become read-only when the root is complete: mount points and devices are yet to be made in them. */
  readonly readonlyLater: number[];
}

/** Mounts a detached tree at its line's destination, a file's on a file. Closes the tree, whatever happens. */
export function placeTree(sys: Sys, tree: number, plan: MountPlan, context: MountContext): void {
  try {
    if (!context.trusted) checkDestination(sys, plan, tree);
    const target = openTarget(sys, tree, plan, context.rootFd);
    try {
      attachChecked(sys, tree, target, plan, context);
    } finally {
      sys.close(target);
    }
  } finally {
    sys.close(tree);
  }
}

function openTarget(sys: Sys, tree: number, { kind, destination, options }: MountPlan, rootFd: number): number {
  if (options.links.destination) return openLinkInRoot(sys, rootFd, destination);
  const open = kind !== 'bind' || isFolder(sys, tree) ? openFolderInRoot : openFileInRoot;
  return open(sys, rootFd, destination);
}

/** Attaches a tree at a descriptor of its place, unless something inside of /proc is that. */
export function attachChecked(sys: Sys, tree: number, target: number, plan: MountPlan, context: MountContext): void {
  if (!context.trusted) checkTarget(sys, plan, target);
  attachTree(sys, tree, target);
  if (cleanPath(plan.destination) === '/') context.rootFd = sys.fcntl(tree, F_DUPFD_CLOEXEC, 0);
}
