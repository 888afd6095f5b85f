// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { check, equal, failed, fails, inChild, ok, rejects } from '../check.ts';

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const O_CREAT = 0o100;
const O_WRONLY = 1;
const RESOLVE_IN_ROOT = 0x10;
const RENAME_NOREPLACE = 1;
const S_IFCHR = 0o020000;

function touch(path: string): void {
  sys.close(sys.openat(AT_FDCWD, path, O_CREAT | O_WRONLY, 0o644));
}

/** Every call on a path that is not there. */
function failuresOnMissingPath(): void {
  const calls: readonly [syscall: string, act: (path: string) => unknown][] = [
    ['openat', (path) => sys.openat(AT_FDCWD, path, 0, 0)],
    ['openat2', (path) => sys.openat2(AT_FDCWD, path, { flags: 0 })],
    ['mkdirat', (path) => sys.mkdirat(AT_FDCWD, path, 0o755)],
    ['mknodat', (path) => sys.mknodat(AT_FDCWD, path, S_IFCHR | 0o666, 1, 3)],
    ['symlinkat', (path) => sys.symlinkat('target', AT_FDCWD, path)],
    ['linkat', (path) => sys.linkat(AT_FDCWD, path, AT_FDCWD, path, 0)],
    ['unlinkat', (path) => sys.unlinkat(AT_FDCWD, path, 0)],
    ['renameat2', (path) => sys.renameat2(AT_FDCWD, path, AT_FDCWD, 'new', 0)],
    ['readlinkat', (path) => sys.readlinkat(AT_FDCWD, path)],
    ['fchownat', (path) => sys.fchownat(AT_FDCWD, path, 0, 0, 0)],
    ['fchmodat', (path) => sys.fchmodat(AT_FDCWD, path, 0o600)],
    ['utimensat', (path) => sys.utimensat(AT_FDCWD, path, 0n, 0n, 0)],
    ['statx', (path) => sys.statx(AT_FDCWD, path, 0)],
    ['faccessat2', (path) => sys.faccessat2(AT_FDCWD, path, 0, 0)],
    ['chdir', (path) => sys.chdir(path)],
    ['chroot', (path) => sys.chroot(path)],
  ];
  for (const [syscall, act] of calls) {
    check(`${syscall} of a missing path names it`, () => {
      fails('ENOENT', syscall, () => act('missing/\udcff\u00e9'), 'missing/\udcff\u00e9');
    });
    check(`${syscall} takes no path with a NUL`, () => rejects('TypeError', () => act('a\0b')));
  }
  check('fchdir of a closed descriptor fails', () => fails('EBADF', 'fchdir', () => sys.fchdir(999)));
}

function successes(): void {
  check('a name that is not UTF-8 is made and found', () => {
    touch('odd-\udcfe-\u00e9-\u{1f427}');
    const fd = sys.openat(AT_FDCWD, '.', 0, 0);
    equal(
      sys.readdir(fd).map(({ name }) => name),
      ['odd-\udcfe-\u00e9-\u{1f427}'],
    );
    sys.close(fd);
    sys.unlinkat(AT_FDCWD, 'odd-\udcfe-\u00e9-\u{1f427}', 0);
  });
  check('openat2 keeps to the root it is given', () => {
    sys.mkdirat(AT_FDCWD, 'root', 0o755);
    touch('root/inside');
    const root = sys.openat(AT_FDCWD, 'root', 0, 0);
    sys.close(sys.openat2(root, '/../inside', { flags: 0, resolve: RESOLVE_IN_ROOT }));
    sys.close(sys.openat2(root, 'made', { flags: O_CREAT | O_WRONLY, mode: 0o600 }));
    equal(sys.statx(root, 'made', 0).mode, 0o100600);
    fails('EINVAL', 'openat2', () => sys.openat2(root, 'x', { flags: 0, mode: 0o600 }), 'x');
    sys.close(root);
  });
  check('times are set and read to the nanosecond, before 1970 too', () => {
    touch('dated');
    sys.utimensat(AT_FDCWD, 'dated', -1n, 1_234_567_890_123_456_789n, 0);
    const { atimeNs, mtimeNs, mtime } = sys.statx(AT_FDCWD, 'dated', 0);
    equal([atimeNs, mtimeNs, mtime], [-1n, 1_234_567_890_123_456_789n, 1_234_567_890]);
    sys.symlinkat('dated', AT_FDCWD, 'dated-link');
    sys.utimensat(AT_FDCWD, 'dated-link', 0n, -2_000_000_000n, AT_SYMLINK_NOFOLLOW);
    equal(sys.statx(AT_FDCWD, 'dated-link', AT_SYMLINK_NOFOLLOW).mtimeNs, -2_000_000_000n);
    equal(sys.statx(AT_FDCWD, 'dated', 0).atimeNs, -1n);
  });
  check('a device, a link and a symlink are made and described', () => {
    sys.mknodat(AT_FDCWD, 'null', S_IFCHR | 0o666, 1, 3);
    sys.linkat(AT_FDCWD, 'null', AT_FDCWD, 'twin', 0);
    sys.symlinkat('null', AT_FDCWD, 'link');
    const node = sys.statx(AT_FDCWD, 'twin', 0);
    equal([node.mode & 0o170000, node.rdevMajor, node.rdevMinor, node.nlink], [S_IFCHR, 1, 3, 2]);
    equal(node.ino, sys.statx(AT_FDCWD, 'null', 0).ino);
    ok(node.mountId > 0n && node.dev > 0n && node.mtime > 1e9, 'a mount, a device and a time');
    equal(sys.statx(AT_FDCWD, 'link', AT_SYMLINK_NOFOLLOW).mode & 0o170000, 0o120000);
    equal(sys.readlinkat(AT_FDCWD, 'link'), 'null');
  });
  check('the longest target of a symlink comes back whole', () => {
    const target = 'x'.repeat(4095);
    sys.symlinkat(target, AT_FDCWD, 'long');
    equal(sys.readlinkat(AT_FDCWD, 'long'), target);
    fails('ENAMETOOLONG', 'symlinkat', () => sys.symlinkat(`${target}y`, AT_FDCWD, 'longer'), 'longer');
  });
  check('owner and mode are set by path', () => {
    touch('file');
    sys.fchownat(AT_FDCWD, 'file', 4294967294, 7, 0);
    sys.fchmodat(AT_FDCWD, 'file', 0o7711);
    const { mode, uid, gid } = sys.statx(AT_FDCWD, 'file', 0);
    equal([mode & 0o7777, uid, gid], [0o7711, 4294967294, 7]);
    sys.faccessat2(AT_FDCWD, 'file', 1, 0);
  });
  check('a rename may refuse to replace', () => {
    touch('one');
    touch('two');
    fails('EEXIST', 'renameat2', () => sys.renameat2(AT_FDCWD, 'one', AT_FDCWD, 'two', RENAME_NOREPLACE), 'one');
    sys.renameat2(AT_FDCWD, 'one', AT_FDCWD, 'two', 0);
    fails('ENOENT', 'statx', () => sys.statx(AT_FDCWD, 'one', 0), 'one');
    sys.unlinkat(AT_FDCWD, 'two', 0);
  });
  check('a folder is removed, and only an empty one', () => {
    fails('EISDIR', 'unlinkat', () => sys.unlinkat(AT_FDCWD, 'root', 0), 'root');
    fails('ENOTEMPTY', 'unlinkat', () => sys.unlinkat(AT_FDCWD, 'root', AT_REMOVEDIR), 'root');
    sys.mkdirat(AT_FDCWD, 'empty', 0o755);
    sys.unlinkat(AT_FDCWD, 'empty', AT_REMOVEDIR);
  });
  check('umask is set and given back', () => {
    const before = sys.umask(0o077);
    touch('private');
    equal(sys.umask(before), 0o077);
    equal(sys.statx(AT_FDCWD, 'private', 0).mode & 0o777, 0o600);
  });
}

function changesOfFolder(): void {
  check('the working folder changes by path and by descriptor', () => {
    const start = sys.getcwd();
    const fd = sys.openat(AT_FDCWD, '.', 0, 0);
    sys.chdir('root');
    equal(sys.getcwd(), `${start}/root`);
    sys.fchdir(fd);
    equal(sys.getcwd(), start);
    sys.close(fd);
  });
  check('a working folder that is gone has no path', () => {
    const status = inChild(0, () => {
      sys.mkdirat(AT_FDCWD, 'gone', 0o755);
      sys.chdir('gone');
      sys.unlinkat(AT_FDCWD, '../gone', AT_REMOVEDIR);
      fails('ENOENT', 'getcwd', () => sys.getcwd());
      return 3;
    });
    equal(status, 3);
  });
  check('chroot changes what / is', () => {
    const status = inChild(0, () => {
      sys.chroot('root');
      sys.chdir('/');
      sys.statx(AT_FDCWD, '/inside', 0);
      return 4;
    });
    equal(status, 4);
  });
  check('sync returns', () => sys.sync());
}

export default function main(): number {
  failuresOnMissingPath();
  successes();
  changesOfFolder();
  return failed();
}
