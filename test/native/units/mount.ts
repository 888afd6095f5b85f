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
const FSCONFIG_CMD_CREATE = 6;
const MOUNT_ATTR_RDONLY = 1;
const CLONE_NEWNS = 0x20000;

function mkdir(path: string): void {
  sys.mkdirat(AT_FDCWD, path, 0o755);
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
