// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Paths inside a container's root while it is still an ordinary folder of the host's tree. The image is hostile: every
// lookup is one openat2 that treats the root's descriptor as "/" for absolute links and "..", and refuses the magic links
// of /proc, so that nothing that is opened, made or mounted on can lie outside (openat2(2), RESOLVE_IN_ROOT).

import { errnoOf } from '../../files.ts';
import {
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_PATH,
  O_WRONLY,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
} from '../../linux.ts';
import type { OpenHow, Stat, Sys } from '../../sys.ts';
import { cleanPath, nameOf, parentOf, resolveFrom } from '../path.ts';

const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

/** How often a lookup is tried again that someone disturbed by renaming or mounting (openat2(2), EAGAIN). */
const mostAttempts = 128;

/** An O_PATH descriptor of `path` inside the root that `rootFd` refers to. Throws the SysError of openat2. */
export function openInRoot(sys: Sys, rootFd: number, path: string): number {
  return openPatiently(sys, rootFd, path, { flags: O_PATH | O_CLOEXEC, resolve });
}

/** As openInRoot; undefined when nothing is there, as masked and read-only paths are allowed to be. */
export function openInRootIfPresent(sys: Sys, rootFd: number, path: string): number | undefined {
  const fd = openPatiently(sys, rootFd, path, { flags: O_PATH | O_CLOEXEC, resolve, optional: 1 });
  return fd < 0 ? undefined : fd;
}

function openPatiently(sys: Sys, rootFd: number, path: string, how: OpenHow): number {
  for (let attempt = 1; ; attempt += 1)
    try {
      return sys.openat2(rootFd, path, how);
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN' || attempt === mostAttempts) throw error;
    }
}

/** As many links as the kernel follows in one lookup (path_resolution(7)). */
const mostLinks = 40;

/**
 * Opens a folder of the root, making it and those above it with mode 0755 where they are missing. A link that leads to
 * nothing (/var/run to /run in a bare image) has its target made, inside the root too.
 */
export function openFolderInRoot(sys: Sys, rootFd: number, path: string, links = 0): number {
  const clean = cleanPath(path);
  return openInRootIfPresent(sys, rootFd, clean) ?? makeFolderInRoot(sys, rootFd, clean, links);
}

/** As openFolderInRoot, of a clean path where nothing is. */
export function makeFolderInRoot(sys: Sys, rootFd: number, path: string, links = 0): number {
  if (links > mostLinks) throw new Error(`${path}: too many links`);
  const parent = openFolderInRoot(sys, rootFd, parentOf(path), links);
  try {
    const target = makeFolderOrReadLink(sys, parent, nameOf(path));
    if (target === undefined) return openInRoot(sys, rootFd, path);
    return openFolderInRoot(sys, rootFd, resolveFrom(parentOf(path), target), links + 1);
  } finally {
    sys.close(parent);
  }
}

/** A folder that is there or is made, without a link anywhere on the way; undefined when there is something else. */
export function openPlainFolderInRoot(sys: Sys, rootFd: number, path: string): number | undefined {
  // The dot is found in a folder only.
  const dot = `${cleanPath(path)}/.`;
  const how: OpenHow = { flags: O_PATH | O_CLOEXEC, resolve: RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS, optional: 1 };
  try {
    const there = openPatiently(sys, rootFd, dot, how);
    if (there >= 0) return there;
    if (lstatInRoot(sys, rootFd, path) !== undefined) return undefined;
    sys.close(openFolderInRoot(sys, rootFd, path));
    const made = openPatiently(sys, rootFd, dot, how);
    return made < 0 ? undefined : made;
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}

/** The target when there is a link of that name; undefined when the folder has been made, now or by someone else. */
function makeFolderOrReadLink(sys: Sys, parent: number, name: string): string | undefined {
  try {
    sys.mkdirat(parent, name, 0o755);
    return undefined;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  return isLink(sys, parent, name) ? sys.readlinkat(parent, name) : undefined;
}

/**
 * Opens a file of the root as a place to mount on, making it (empty, mode 0644) and the folders above it where they are
 * missing. Links that lead to nothing are treated as in openFolderInRoot.
 */
export function openFileInRoot(sys: Sys, rootFd: number, path: string, links = 0): number {
  const clean = cleanPath(path);
  const there = openInRootIfPresent(sys, rootFd, clean);
  if (there !== undefined) return there;
  if (links > mostLinks) throw new Error(`${path}: too many links`);
  const parent = openFolderInRoot(sys, rootFd, parentOf(clean), links);
  try {
    const name = nameOf(clean);
    if (isLink(sys, parent, name))
      return openFileInRoot(sys, rootFd, resolveFrom(parentOf(clean), sys.readlinkat(parent, name)), links + 1);
    sys.close(sys.openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644));
  } finally {
    sys.close(parent);
  }
  return openInRoot(sys, rootFd, clean);
}

/** Opens what is at `path` itself, a symbolic link among it, as a place to mount on; an empty file is made where nothing is. */
export function openLinkInRoot(sys: Sys, rootFd: number, path: string): number {
  const clean = cleanPath(path);
  const parent = openFolderInRoot(sys, rootFd, parentOf(clean));
  try {
    return sys.openTree(parent, nameOf(clean), O_CLOEXEC | AT_SYMLINK_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  } finally {
    sys.close(parent);
  }
  return openFileInRoot(sys, rootFd, clean);
}

/** Makes a symbolic link and the folders above it; one that leads to the same may be there. */
export function makeLinkInRoot(sys: Sys, rootFd: number, path: string, target: string): void {
  const clean = cleanPath(path);
  const parent = openFolderInRoot(sys, rootFd, parentOf(clean));
  try {
    sys.symlinkat(target, parent, nameOf(clean));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    if (!isLink(sys, parent, nameOf(clean)) || sys.readlinkat(parent, nameOf(clean)) !== target)
      throw new Error(`expected a link to "${target}" or nothing there, found another file`, { cause: error });
  } finally {
    sys.close(parent);
  }
}

function isLink(sys: Sys, parent: number, name: string): boolean {
  try {
    return (sys.statx(parent, name, AT_SYMLINK_NOFOLLOW).mode & S_IFMT) === S_IFLNK;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** What lies at `path` itself, without following a link there; undefined when nothing does. */
function lstatInRoot(sys: Sys, rootFd: number, path: string): Stat | undefined {
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
