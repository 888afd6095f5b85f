// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Paths inside a container's root while it is still an ordinary folder of the host's tree. The image is hostile: every
// lookup is one openat2 that treats the root's descriptor as "/" for absolute links and "..", and refuses the magic links
// of /proc, so that nothing that is opened, made or mounted on can lie outside (openat2(2), RESOLVE_IN_ROOT).

import { errnoOf } from '../files.ts';
import {
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_CREAT,
  O_PATH,
  O_WRONLY,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  S_IFDIR,
  S_IFMT,
} from '../linux.ts';
import type { Stat, Sys } from '../sys.ts';
import { cleanPath, nameOf, parentOf } from './path.ts';

const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

/** An O_PATH descriptor of `path` inside the root that `rootFd` refers to. Throws the SysError of openat2. */
export function openInRoot(sys: Sys, rootFd: number, path: string): number {
  return sys.openat2(rootFd, path, { flags: O_PATH | O_CLOEXEC, resolve });
}

/** As openInRoot; undefined when nothing is there, as masked and read-only paths are allowed to be. */
export function openInRootIfPresent(sys: Sys, rootFd: number, path: string): number | undefined {
  try {
    return openInRoot(sys, rootFd, path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Opens a folder of the root, making it and those above it with mode 0755 where they are missing. */
export function openFolderInRoot(sys: Sys, rootFd: number, path: string): number {
  const clean = cleanPath(path);
  const there = openInRootIfPresent(sys, rootFd, clean);
  if (there !== undefined) return there;
  const parent = openFolderInRoot(sys, rootFd, parentOf(clean));
  try {
    sys.mkdirat(parent, nameOf(clean), 0o755);
  } catch (error) {
    // Made by someone else meanwhile, or a link that leads nowhere: the lookup below tells them apart.
    if (errnoOf(error) !== 'EEXIST') throw error;
  } finally {
    sys.close(parent);
  }
  return openInRoot(sys, rootFd, clean);
}

/** Opens a file of the root as a place to mount on, making it (empty, mode 0644) and the folders above it where they are missing. */
export function openFileInRoot(sys: Sys, rootFd: number, path: string): number {
  const clean = cleanPath(path);
  const there = openInRootIfPresent(sys, rootFd, clean);
  if (there !== undefined) return there;
  sys.close(openFolderInRoot(sys, rootFd, parentOf(clean)));
  sys.close(sys.openat2(rootFd, clean, { flags: O_WRONLY | O_CREAT | O_CLOEXEC, mode: 0o644, resolve }));
  return openInRoot(sys, rootFd, clean);
}

/** What lies at `path` itself, without following a link there; undefined when nothing does. */
export function lstatInRoot(sys: Sys, rootFd: number, path: string): Stat | undefined {
  const clean = cleanPath(path);
  const parent = openInRootIfPresent(sys, rootFd, parentOf(clean));
  if (parent === undefined) return undefined;
  try {
    return sys.statx(parent, nameOf(clean), clean === '/' ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  } finally {
    sys.close(parent);
  }
}

/** Whether a descriptor, O_PATH or not, is a folder's. */
export function isFolder(sys: Sys, fd: number): boolean {
  return (sys.statx(fd, '', AT_EMPTY_PATH).mode & S_IFMT) === S_IFDIR;
}
