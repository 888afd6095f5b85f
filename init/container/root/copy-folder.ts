// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// "tmpcopyup": a tmpfs begins with what the folder that it covers has (config.md, Linux mount options). The folder is an
// image's, and maybe someone else's who changes it meanwhile: nothing is followed, and each file is checked to be what it was
// said to be once it is open.

import { errnoOf } from '../../files.ts';
import {
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  RESOLVE_BENEATH,
  RESOLVE_NO_SYMLINKS,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from '../../linux.ts';
import type { Stat, Sys } from '../../sys.ts';
import { step } from '../step.ts';

/** One copy of a whole folder. */
interface Copy {
  readonly sys: Sys;
  /** The new root, from which links to what was copied before are made. */
  readonly root: number;
  /** Where a file with several names was copied to, by device and inode. */
  readonly linked: Map<string, string>;
}

/**
 * Copies what is in a folder, with owners, modes, times, extended attributes, links and device nodes, and the folder's own owner
 * and times. Both descriptors may be O_PATH. Throws an Error that names the file by its path in the folder.
 */
export function copyFolder(sys: Sys, from: number, to: number): void {
  const source = sys.openat(from, '.', O_RDONLY | O_CLOEXEC, 0);
  const root = sys.openat(to, '.', O_RDONLY | O_CLOEXEC, 0);
  try {
    copyEntries({ sys, root, linked: new Map() }, source, root, '');
    const { mode } = sys.statx(root, '', AT_EMPTY_PATH);
    describe(sys, source, root, { ...sys.statx(source, '', AT_EMPTY_PATH), mode });
  } finally {
    sys.close(source);
    sys.close(root);
  }
}

/** Each takes two descriptors and a part of the stack; no tree of a distribution comes near. */
const mostDepth = 200;

function copyEntries(copy: Copy, from: number, to: number, folder: string): void {
  const { sys } = copy;
  for (const { name } of sys.readdir(from)) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const copyStep = <T>(run: () => T): T => step(`copy "${path}"`, run);
    const stat = copyStep(() => sys.statx(from, name, AT_SYMLINK_NOFOLLOW));
    // Not as one step with all that is below, or the message would have every folder on the way.
    if ((stat.mode & S_IFMT) === S_IFDIR) copyBelow(copy, from, to, name, path, copyStep);
    else copyStep(() => copyEntry(copy, from, to, name, path, stat));
  }
}

function copyEntry(copy: Copy, from: number, to: number, name: string, path: string, stat: Stat): void {
  const { sys } = copy;
  switch (stat.mode & S_IFMT) {
    case S_IFREG:
      return copyFile(copy, from, to, name, path);
    case S_IFLNK:
      sys.symlinkat(sys.readlinkat(from, name), to, name);
      return describeNode(sys, to, name, stat);
    default:
      sys.mknodat(to, name, stat.mode, stat.rdevMajor, stat.rdevMinor);
      return describeNode(sys, to, name, stat);
  }
}

function copyBelow(
  copy: Copy,
  from: number,
  to: number,
  name: string,
  path: string,
  copyStep: <T>(run: () => T) => T,
): void {
  const { sys } = copy;
  const source = copyStep(() => {
    if (path.split('/').length > mostDepth) throw new Error(`expected at most ${mostDepth} folders in each other`);
    return openChecked(sys, from, name, S_IFDIR);
  });
  try {
    const target = copyStep(() => {
      sys.mkdirat(to, name, 0o700);
      return sys.openat(to, name, O_RDONLY | O_CLOEXEC, 0);
    });
    try {
      copyEntries(copy, source, target, path);
      copyStep(() => describe(sys, source, target, sys.statx(source, '', AT_EMPTY_PATH)));
    } finally {
      sys.close(target);
    }
  } finally {
    sys.close(source);
  }
}

function copyFile(copy: Copy, from: number, to: number, name: string, path: string): void {
  const { sys, root, linked } = copy;
  const source = openChecked(sys, from, name, S_IFREG);
  try {
    const stat = sys.statx(source, '', AT_EMPTY_PATH);
    const key = `${stat.dev}:${stat.ino}`;
    const first = stat.nlink > 1 ? linked.get(key) : undefined;
    if (first !== undefined) return sys.linkat(root, first, to, name, 0);
    linked.set(key, path);
    const target = sys.openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600);
    try {
      const most = 0x7fff_f000;
      while (sys.sendfile(target, source, most) > 0);
      describe(sys, source, target, stat);
    } finally {
      sys.close(target);
    }
  } finally {
    sys.close(source);
  }
}

/** Without waiting for anyone, should it be a fifo by now. */
function openChecked(sys: Sys, folder: number, name: string, type: number): number {
  const fd = sys.openat2(folder, name, {
    flags: O_RDONLY | O_NONBLOCK | O_CLOEXEC,
    resolve: RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
  });
  if ((sys.statx(fd, '', AT_EMPTY_PATH).mode & S_IFMT) === type) return fd;
  sys.close(fd);
  throw new Error('expected the file that was there before, found another one');
}

const permissions = 0o7777;

/** The mode comes after the owner and the attributes: a change of these takes set-user-id away. */
function describe(sys: Sys, source: number, target: number, stat: Stat): void {
  chown(() => sys.fchown(target, stat.uid, stat.gid));
  for (const name of sys.flistxattr(source)) copyAttribute(sys, source, target, name);
  sys.fchmod(target, stat.mode & permissions);
  sys.utimensat(target, '', stat.atimeNs, stat.mtimeNs, AT_EMPTY_PATH);
}

function describeNode(sys: Sys, folder: number, name: string, stat: Stat): void {
  chown(() => sys.fchownat(folder, name, stat.uid, stat.gid, AT_SYMLINK_NOFOLLOW));
  sys.utimensat(folder, name, stat.atimeNs, stat.mtimeNs, AT_SYMLINK_NOFOLLOW);
}

/** An owner that the user namespace does not know cannot be given: then it is the container's root. */
function chown(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (errnoOf(error) !== 'EINVAL') throw error;
  }
}

/** As with cp -a, what the tmpfs does not take (labels of another kernel module, "trusted." of the host's root) is left behind. */
function copyAttribute(sys: Sys, source: number, target: number, name: string): void {
  try {
    sys.fsetxattr(target, name, sys.fgetxattr(source, name), 0);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'EOPNOTSUPP' && errno !== 'EPERM') throw error;
  }
}
