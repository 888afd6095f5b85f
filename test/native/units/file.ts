// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { check, equal, failed, fails, inChild, ok, rejects } from '../check.ts';

const F_ADD_SEALS = 1033;
const F_GET_SEALS = 1034;
const F_SEAL_WRITE = 8;
const AT_FDCWD = -100;
const O_RDONLY = 0;
const O_RDWR = 2;
const O_CREAT = 0o100;
const F_GETFD = 1;
const F_DUPFD_CLOEXEC = 1030;
const LOCK_EX_NB = 2 | 4;
const TMPFS_MAGIC = 0x01021994;

function open(path: string, flags = O_RDWR | O_CREAT): number {
  return sys.openat(AT_FDCWD, path, flags, 0o600);
}

/** Every call on a descriptor that is not open. */
function failuresOnClosedFd(): void {
  const calls: readonly [syscall: string, act: () => unknown, detail?: string][] = [
    ['close', () => sys.close(999)],
    ['read', () => sys.read(999, new Uint8Array(1))],
    ['pread', () => sys.pread(999, new Uint8Array(1), 0)],
    ['write', () => sys.write(999, new Uint8Array(1))],
    ['lseek', () => sys.lseek(999, 0, 0)],
    ['ftruncate', () => sys.ftruncate(999, 0)],
    ['fsync', () => sys.fsync(999)],
    ['fchmod', () => sys.fchmod(999, 0o600)],
    ['fchown', () => sys.fchown(999, 0, 0)],
    ['fstatfs', () => sys.fstatfs(999)],
    ['lseek', () => sys.readdir(999)],
    ['flock', () => sys.flock(999, LOCK_EX_NB)],
    ['dup3', () => sys.dup3(999, 998, 0)],
    ['fcntl', () => sys.fcntl(999, F_GETFD, 0)],
    ['fsetxattr', () => sys.fsetxattr(999, 'user.a', new Uint8Array(1), 0), 'user.a'],
    ['fgetxattr', () => sys.fgetxattr(999, 'user.a'), 'user.a'],
  ];
  for (const [syscall, act, detail] of calls) {
    check(`${syscall} of a closed descriptor fails`, () => fails('EBADF', syscall, act, detail));
  }
}

function successes(): void {
  check('a file is written, read, measured and cut', () => {
    const fd = open('data');
    equal(sys.write(fd, sys.encodeUtf8('hello')), 5);
    sys.fsync(fd);
    equal(sys.lseek(fd, 0, 0), 0);
    const buffer = new Uint8Array(8);
    equal(sys.read(fd, buffer.subarray(1, 4)), 3);
    equal(sys.decodeUtf8(buffer.subarray(1, 4)), 'hel');
    equal(buffer[4], 0);
    equal(sys.pread(fd, buffer, 3), 2);
    equal(sys.decodeUtf8(buffer.subarray(0, 2)), 'lo');
    sys.ftruncate(fd, 2);
    equal(sys.pread(fd, buffer, 2), 0);
    sys.ftruncate(fd, 5 * 2 ** 32);
    equal(sys.lseek(fd, 0, 2), 5 * 2 ** 32);
    sys.close(fd);
  });
  check('mode and owner are set', () => {
    const fd = open('owned');
    sys.fchmod(fd, 0o4755);
    sys.fchown(fd, 12, 34);
    sys.fchown(fd, -1, 35);
    const { mode, uid, gid } = sys.statx(fd, '', 0x1000);
    // A change of owner takes the setuid bit away (chown(2)).
    equal([mode, uid, gid], [0o100755, 12, 35]);
    sys.close(fd);
  });
  check('a file system tells its type and size', () => {
    const fd = open('.', O_RDONLY);
    const { type, size, free } = sys.fstatfs(fd);
    equal(type, TMPFS_MAGIC);
    ok(size > 0 && free > 0 && free <= size, 'a size and what is free of it');
    sys.close(fd);
  });
  check('a folder lists all its entries, however many, each time', () => {
    sys.mkdirat(AT_FDCWD, 'folder', 0o755);
    const names = Array.from({ length: 1000 }, (_, index) => `entry-with-a-long-name-${index}`);
    const fd = open('folder', O_RDONLY);
    for (const name of [...names, '\udcff']) sys.mkdirat(fd, name, 0o755);
    for (let round = 0; round < 2; round++) {
      const found = sys.readdir(fd);
      equal(found.map(({ name }) => name).sort(), [...names, '\udcff'].sort());
      ok(
        found.every(({ type }) => type === 4),
        'folders only',
      );
    }
    sys.close(fd);
  });
  check('descriptors are closed on exec and copied', () => {
    const [reader, writer] = sys.pipe2(0);
    equal([sys.fcntl(reader, F_GETFD, 0), sys.fcntl(writer, F_GETFD, 0)], [1, 1]);
    sys.dup3(writer, 100, 0);
    equal(sys.fcntl(100, F_GETFD, 0), 0);
    ok(sys.fcntl(reader, F_DUPFD_CLOEXEC, 200) >= 200, 'a descriptor of at least 200');
    sys.write(100, sys.encodeUtf8('x'));
    equal(sys.read(reader, new Uint8Array(9)), 1);
    sys.closeRange(100, 4294967295, 0);
    fails('EBADF', 'close', () => sys.close(100));
    sys.closeRange(reader, writer, 4);
    sys.close(reader);
    sys.close(writer);
  });
  check('a lock holds others off', () => {
    const first = open('lock');
    const second = open('lock');
    sys.flock(first, LOCK_EX_NB);
    fails('EAGAIN', 'flock', () => sys.flock(second, LOCK_EX_NB));
    sys.close(first);
    sys.flock(second, LOCK_EX_NB);
    sys.close(second);
  });
  check('memory is a file too', () => {
    const fd = sys.memfdCreate('name', 2);
    equal(sys.readlinkat(AT_FDCWD, `/proc/self/fd/${fd}`), '/memfd:name (deleted)');
    sys.write(fd, sys.encodeUtf8('content'));
    equal(sys.lseek(fd, 0, 2), 7);
    sys.close(fd);
  });
  check('a sealed file in memory takes no more, and gives what it has to a file', () => {
    const from = sys.memfdCreate('sealed', 2);
    sys.write(from, sys.encodeUtf8('content'));
    sys.fcntl(from, F_ADD_SEALS, F_SEAL_WRITE);
    equal(sys.fcntl(from, F_GET_SEALS, 0), F_SEAL_WRITE);
    fails('EPERM', 'write', () => sys.write(from, new Uint8Array(1)));
    sys.lseek(from, 3, 0);
    const to = sys.memfdCreate('rest', 0);
    equal(sys.sendfile(to, from, 100), 4);
    equal(sys.sendfile(to, from, 100), 0);
    const buffer = new Uint8Array(9);
    equal(sys.decodeUtf8(buffer.subarray(0, sys.pread(to, buffer, 0))), 'tent');
    sys.close(from);
    sys.close(to);
  });
  check('an extended attribute keeps every byte', () => {
    const fd = open('attributes');
    const value = Uint8Array.from([0, 255, 1]);
    sys.fsetxattr(fd, 'trusted.test', value, 0);
    equal(sys.fgetxattr(fd, 'trusted.test'), value);
    fails('ENODATA', 'fgetxattr', () => sys.fgetxattr(fd, 'trusted.none'), 'trusted.none');
    equal(sys.flistxattr(fd), ['trusted.test']);
    fails('EEXIST', 'fsetxattr', () => sys.fsetxattr(fd, 'trusted.test', value, 1), 'trusted.test');
    sys.close(fd);
  });
}

function otherFailures(): void {
  check('calls that make descriptors report what is wrong', () => {
    fails('EINVAL', 'pipe2', () => sys.pipe2(1));
    fails('EINVAL', 'memfd_create', () => sys.memfdCreate('x', 0x80000000), 'x');
    fails('EINVAL', 'close_range', () => sys.closeRange(9, 8, 0));
    fails('EINVAL', 'dup3', () => sys.dup3(1, 1, 0));
  });
  check('reading a folder that is a file fails', () => {
    const fd = open('data');
    fails('ENOTDIR', 'getdents64', () => sys.readdir(fd));
    sys.close(fd);
  });
  check('an empty pipe without writer is at its end, one without reader kills unless ignored', () => {
    const [reader, writer] = sys.pipe2(0);
    sys.close(writer);
    equal(sys.read(reader, new Uint8Array(1)), 0);
    sys.close(reader);
    const status = inChild(0, () => {
      const [end, start] = sys.pipe2(0);
      sys.sigreset([13]);
      sys.close(end);
      fails('EPIPE', 'write', () => sys.write(start, new Uint8Array(1)));
      return 7;
    });
    equal(status, 7);
  });
  check('wrong arguments do not reach the kernel', () => {
    rejects('TypeError', () => sys.close('1' as unknown as number));
    rejects('TypeError', () => sys.close(1.5));
    rejects('TypeError', () => sys.close(2 ** 31));
    rejects('TypeError', () => sys.close(undefined as unknown as number));
    rejects('TypeError', () => sys.read(0, 'x' as unknown as Uint8Array));
    rejects('TypeError', () => sys.fchmod(0, 2 ** 32));
    rejects('TypeError', () => sys.fchown(0, -2, 0));
    rejects('TypeError', () => sys.fsetxattr(0, 'a\0b', new Uint8Array(1), 0));
  });
}

export default function main(): number {
  failuresOnClosedFd();
  successes();
  otherFailures();
  return failed();
}
