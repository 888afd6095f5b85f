// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import { check, equal, failed, fails, inChild, ok } from '../check.ts';

const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_RECURSIVE = 0x8000;
const MS_BIND = 0x1000;
const MS_PRIVATE = 0x40000;
const MS_REC = 0x4000;
const MNT_DETACH = 2;
const OPEN_TREE_CLONE = 1;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_FD = 5;
const FSCONFIG_CMD_CREATE = 6;
const FSCONFIG_CMD_RECONFIGURE = 7;
const O_PATH = 0o10000000;
const MOUNT_ATTR_RDONLY = 1;
const MOUNT_ATTR_IDMAP = 0x100000;
const CLONE_NEWNS = 0x20000;
const CLONE_NEWUSER = 0x10000000;

function mkdir(path: string): void {
  sys.mkdirat(AT_FDCWD, path, 0o755);
}

function write(path: string, text: string): void {
  const fd = sys.openat(AT_FDCWD, path, 1, 0);
  sys.write(fd, sys.encodeUtf8(text));
  sys.close(fd);
}

function mountId(path: string): bigint {
  return sys.statx(AT_FDCWD, path, 0).mountId;
}

function successes(): void {
  check('tmpfs is mounted with options, bound and unmounted', () => {
    mkdir('a');
    mkdir('b');
    const before = mountId('a');
    sys.mount('none', 'a', 'tmpfs', 0, 'size=64k,mode=750');
    ok(mountId('a') !== before, 'another mount');
    equal(sys.statx(AT_FDCWD, 'a', 0).mode, 0o040750);
    sys.mount('a', 'b', null, MS_BIND, null);
    equal(sys.statx(AT_FDCWD, 'b', 0).mode, 0o040750);
    sys.umount2('b', 0);
    sys.umount2('a', MNT_DETACH);
    equal(mountId('a'), before);
  });
  check('a file system is made by descriptors and attached', () => {
    mkdir('c');
    const context = sys.fsopen('tmpfs', 0);
    sys.fsconfig(context, FSCONFIG_SET_STRING, 'mode', '0711', 0);
    sys.fsconfig(context, FSCONFIG_CMD_CREATE, null, null, 0);
    const tree = sys.fsmount(context, 0, 0);
    sys.moveMount(tree, '', AT_FDCWD, 'c', MOVE_MOUNT_F_EMPTY_PATH);
    equal(sys.statx(AT_FDCWD, 'c', 0).mode, 0o040711);
    sys.close(tree);
    sys.close(context);
  });
  check('a file system takes a descriptor as a setting', () => {
    const context = sys.fsopen('proc', 0);
    fails('EINVAL', 'fsconfig', () => sys.fsconfig(context, FSCONFIG_SET_FD, 'nonesuch', null, 0), 'nonesuch');
    sys.close(context);
    const overlay = sys.fsopen('overlay', 0);
    mkdir('lower');
    mkdir('overlaid');
    const lower = sys.openat(AT_FDCWD, 'lower', O_PATH, 0);
    sys.fsconfig(overlay, FSCONFIG_SET_FD, 'lowerdir+', null, lower);
    sys.close(lower);
    sys.close(overlay);
  });
  check('a mounted file system is picked by its path and made read-only whole', () => {
    mkdir('picked');
    sys.mount('none', 'picked', 'tmpfs', 0, null);
    const context = sys.fspick(AT_FDCWD, 'picked', 0);
    sys.fsconfig(context, FSCONFIG_SET_FLAG, 'ro', null, 0);
    sys.fsconfig(context, FSCONFIG_CMD_RECONFIGURE, null, null, 0);
    sys.close(context);
    fails('EROFS', 'mkdirat', () => sys.mkdirat(AT_FDCWD, 'picked/x', 0o755), 'picked/x');
    fails('ENOENT', 'fspick', () => sys.fspick(AT_FDCWD, 'nonesuch', 0), 'nonesuch');
  });
  check('a tree shows its owners by the mapping of a user namespace', () => {
    mkdir('plain');
    const { pid } = sys.clone3({ flags: CLONE_NEWUSER, exitSignal: 17 });
    if (pid === 0) for (;;) sys.nanosleep(1e9);
    write(`/proc/${pid}/uid_map`, '0 100000 65536');
    write(`/proc/${pid}/gid_map`, '0 100000 65536');
    const usernsFd = sys.openat(AT_FDCWD, `/proc/${pid}/ns/user`, 0, 0);
    const tree = sys.openTree(AT_FDCWD, 'plain', OPEN_TREE_CLONE);
    sys.mountSetattr(tree, '', AT_EMPTY_PATH, { set: MOUNT_ATTR_IDMAP, clear: 0, propagation: 0, usernsFd });
    const { uid, gid } = sys.statx(tree, '', AT_EMPTY_PATH);
    equal([uid, gid], [100_000, 100_000]);
    sys.kill(pid, 9);
    sys.wait4(pid, 0);
    for (const fd of [usernsFd, tree]) sys.close(fd);
  });
  check('a cloned tree becomes read-only alone', () => {
    mkdir('d');
    const tree = sys.openTree(AT_FDCWD, 'c', OPEN_TREE_CLONE);
    sys.mountSetattr(tree, '', AT_EMPTY_PATH | AT_RECURSIVE, {
      set: MOUNT_ATTR_RDONLY,
      clear: 0,
      propagation: 0,
      usernsFd: -1,
    });
    sys.moveMount(tree, '', AT_FDCWD, 'd', MOVE_MOUNT_F_EMPTY_PATH);
    sys.close(tree);
    fails('EROFS', 'mkdirat', () => sys.mkdirat(AT_FDCWD, 'd/x', 0o755), 'd/x');
    mkdir('c/x');
  });
  check('pivot_root puts another tree at /', () => {
    const status = inChild(CLONE_NEWNS, () => {
      sys.mount(null, '/', null, MS_PRIVATE | MS_REC, null);
      mkdir('root');
      sys.mount('none', 'root', 'tmpfs', 0, null);
      mkdir('root/mark');
      sys.chdir('root');
      sys.pivotRoot('.', '.');
      sys.umount2('.', MNT_DETACH);
      sys.statx(AT_FDCWD, '/mark', 0);
      return 5;
    });
    equal(status, 5);
  });
}

function failures(): void {
  const attributes = { set: 0, clear: 0, propagation: 0, usernsFd: -1 };
  const calls: readonly [code: string, syscall: string, act: () => unknown, detail?: string][] = [
    ['ENODEV', 'mount', () => sys.mount('none', 'c', 'nonesuchfs', 0, null), 'c'],
    ['EINVAL', 'umount2', () => sys.umount2('b', 0), 'b'],
    ['ENOENT', 'swapon', () => sys.swapon('missing', 0), 'missing'],
    ['EINVAL', 'pivot_root', () => sys.pivotRoot('b', 'b'), 'b'],
    ['ENOENT', 'open_tree', () => sys.openTree(AT_FDCWD, 'missing', 0), 'missing'],
    ['ENOENT', 'move_mount', () => sys.moveMount(AT_FDCWD, 'missing', AT_FDCWD, 'b', 0), 'b'],
    ['ENODEV', 'fsopen', () => sys.fsopen('nonesuchfs', 0), 'nonesuchfs'],
    ['EBADF', 'fsconfig', () => sys.fsconfig(999, FSCONFIG_SET_STRING, 'key', 'value', 0), 'key'],
    ['EBADF', 'fsmount', () => sys.fsmount(999, 0, 0)],
    ['ENOENT', 'mount_setattr', () => sys.mountSetattr(AT_FDCWD, 'missing', 0, { ...attributes, set: 1 }), 'missing'],
  ];
  for (const [code, syscall, act, detail] of calls) {
    check(`${syscall} says what failed`, () => fails(code, syscall, act, detail));
  }
}

export default function main(): number {
  successes();
  failures();
  return failed();
}
