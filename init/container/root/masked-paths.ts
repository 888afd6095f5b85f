// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// linux.maskedPaths and linux.readonlyPaths (config-linux.md). Done before pivot_root, by descriptor: the /dev/null that
// covers a file is the host's own, checked to be one, never the container's (CVE-2025-31133).

import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  MOUNT_ATTR_RDONLY,
  MS_RDONLY,
  O_CLOEXEC,
  O_PATH,
  S_IFCHR,
  S_IFMT,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { makeFilesystem } from './mount-filesystem.ts';
import { attachTree, copyTree, setAttributes } from './mount-tree.ts';
import { cleanPath } from '../path.ts';
import { isFolder, openInRootIfPresent } from './root-path.ts';
import { step } from '../step.ts';

/** Covers each file with /dev/null and each folder with an empty read-only tmpfs. What is not there needs no mask. */
export function maskPaths(sys: Sys, rootFd: number, paths: readonly string[], label: string | undefined): void {
  if (paths.length === 0) return;
  const nullDevice = step('mask paths: open /dev/null', () => openNullDevice(sys));
  const cover: Cover = { nullDevice, label, folder: undefined };
  try {
    for (const path of new Set(paths.map(cleanPath)))
      withTarget(sys, rootFd, path, 'mask', (target) => mask(sys, cover, target));
  } finally {
    sys.close(nullDevice);
    if (cover.folder !== undefined) sys.close(cover.folder);
  }
}

/** What masks are made of. */
interface Cover {
  readonly nullDevice: number;
  /** The SELinux label of the tmpfs. */
  readonly label: string | undefined;
  /** The first masked folder's tmpfs, of which the others show the same. */
  folder: number | undefined;
}

/** Binds each path onto itself, read-only. What is not there is passed over. */
export function makePathsReadonly(sys: Sys, rootFd: number, paths: readonly string[]): void {
  for (const path of new Set(paths.map(cleanPath)))
    withTarget(sys, rootFd, path, 'make read-only', (target) => bindReadonly(sys, target, target));
}

function openNullDevice(sys: Sys): number {
  const fd = sys.openat(AT_FDCWD, '/dev/null', O_PATH | O_CLOEXEC, 0);
  const stat = sys.statx(fd, '', AT_EMPTY_PATH);
  if ((stat.mode & S_IFMT) === S_IFCHR && stat.rdevMajor === 1 && stat.rdevMinor === 3) return fd;
  sys.close(fd);
  throw new Error('expected the null device (1:3), found something else');
}

function withTarget(sys: Sys, rootFd: number, path: string, verb: string, run: (target: number) => void): void {
  step(`${verb} ${path}`, () => {
    const target = openInRootIfPresent(sys, rootFd, path);
    if (target === undefined) return;
    try {
      run(target);
    } finally {
      sys.close(target);
    }
  });
}

function mask(sys: Sys, cover: Cover, target: number): void {
  if (!isFolder(sys, target)) return bindReadonly(sys, cover.nullDevice, target);
  if (cover.folder !== undefined) return attachAndClose(sys, copyTree(sys, cover.folder, '', false), target);
  cover.folder = makeFilesystem(sys, 'tmpfs', 'tmpfs', {
    flags: { set: MS_RDONLY, cleared: 0 },
    data: ['nr_blocks=1', 'nr_inodes=1'],
    label: cover.label,
  });
  attachTree(sys, cover.folder, target);
}

/**
 * Only the mount itself: what is mounted below (a cgroup tree in /sys) has its own say, as with other runtimes. The null device
 * takes what is written to it all the same, but not another mode or owner: the node is the host's.
 */
function bindReadonly(sys: Sys, source: number, target: number): void {
  const tree = copyTree(sys, source, '', true);
  setAttributes(sys, tree, { set: MOUNT_ATTR_RDONLY, clear: 0 }, false);
  attachAndClose(sys, tree, target);
}

function attachAndClose(sys: Sys, tree: number, target: number): void {
  try {
    attachTree(sys, tree, target);
  } finally {
    sys.close(tree);
  }
}
