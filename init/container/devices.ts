// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Device nodes and the links that programs expect in /dev (config-linux.md, Devices, Default Devices; runtime-linux.md, Dev symbolic links).

import type { Device } from '../contract.ts';
import { errnoOf } from '../files.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  O_CLOEXEC,
  O_PATH,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFMT,
} from '../linux.ts';
import type { Stat, Sys } from '../sys.ts';
import { attachTree, copyTree, setAttributes } from './mount-tree.ts';
import { cleanPath, nameOf, parentOf } from './path.ts';
import { openFileInRoot, openFolderInRoot } from './root-path.ts';
import { step } from './step.ts';

export const defaultDevices: readonly Device[] = [
  { path: '/dev/null', type: 'c', major: 1, minor: 3, fileMode: 0o666, uid: 0, gid: 0 },
  { path: '/dev/zero', type: 'c', major: 1, minor: 5, fileMode: 0o666, uid: 0, gid: 0 },
  { path: '/dev/full', type: 'c', major: 1, minor: 7, fileMode: 0o666, uid: 0, gid: 0 },
  { path: '/dev/random', type: 'c', major: 1, minor: 8, fileMode: 0o666, uid: 0, gid: 0 },
  { path: '/dev/urandom', type: 'c', major: 1, minor: 9, fileMode: 0o666, uid: 0, gid: 0 },
  { path: '/dev/tty', type: 'c', major: 5, minor: 0, fileMode: 0o666, uid: 0, gid: 0 },
];

/** The configured devices, and of the default ones those whose path is not configured otherwise. */
export function devicesOf(configured: readonly Device[]): readonly Device[] {
  const paths = new Set(configured.map((device) => cleanPath(device.path)));
  return [...configured, ...defaultDevices.filter((device) => !paths.has(device.path))];
}

/**
 * Makes the devices and the usual links in the container's root. `bound` ones are the host's nodes, since a user namespace may
 * not make its own. A node that is already there is kept when it is that device.
 */
export function makeDevices(sys: Sys, rootFd: number, devices: readonly Device[], bound: boolean): void {
  for (const device of devices) {
    // That one is a link to the container's own.
    if (cleanPath(device.path) === '/dev/ptmx') continue;
    step(`device ${device.path}`, () => (bound ? bindNode(sys, rootFd, device) : makeNode(sys, rootFd, device)));
  }
  makeDeviceLinks(sys, rootFd);
}

function makeNode(sys: Sys, rootFd: number, device: Device): void {
  const path = cleanPath(device.path);
  const folder = openFolderInRoot(sys, rootFd, parentOf(path));
  const name = nameOf(path);
  try {
    if (!madeNode(sys, folder, name, device)) {
      const found = sys.statx(folder, name, AT_SYMLINK_NOFOLLOW);
      if (isDevice(found, device)) return;
      throw new Error(`expected ${describe(device)} or nothing there, found another file`);
    }
    const { uid = 0, gid = 0 } = device;
    if (uid !== 0 || gid !== 0) sys.fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW);
  } finally {
    sys.close(folder);
  }
}

/** False when something of that name is there. */
function madeNode(sys: Sys, folder: number, name: string, device: Device): boolean {
  // Some configurations carry the file's type in fileMode too.
  const mode = (device.fileMode ?? 0o666) & 0o7777;
  try {
    sys.mknodat(folder, name, fileType(device) | mode, device.major ?? 0, device.minor ?? 0);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Looked up where the process still has the host's root. The node is the host's, and is not to become a program there. */
function bindNode(sys: Sys, rootFd: number, device: Device): void {
  const source = step("open the host's", () => openHostNode(sys, device));
  try {
    const tree = copyTree(sys, source, '', false);
    try {
      setAttributes(sys, tree, { set: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, clear: 0 }, false);
      const target = openFileInRoot(sys, rootFd, device.path);
      attachTree(sys, tree, target);
      sys.close(target);
    } finally {
      sys.close(tree);
    }
  } finally {
    sys.close(source);
  }
}

function openHostNode(sys: Sys, device: Device): number {
  const fd = sys.openat(AT_FDCWD, device.path, O_PATH | O_CLOEXEC, 0);
  if (isDevice(sys.statx(fd, '', AT_EMPTY_PATH), device)) return fd;
  sys.close(fd);
  throw new Error(`expected ${describe(device)}, found another file`);
}

function fileType(device: Device): number {
  switch (device.type) {
    case 'b':
      return S_IFBLK;
    case 'p':
      return S_IFIFO;
    case 'c':
    case 'u':
      return S_IFCHR;
  }
}

function isDevice(stat: Stat, device: Device): boolean {
  if ((stat.mode & S_IFMT) !== fileType(device)) return false;
  return device.type === 'p' || (stat.rdevMajor === device.major && stat.rdevMinor === device.minor);
}

function describe(device: Device): string {
  return device.type === 'p' ? 'a fifo' : `device ${device.type} ${device.major}:${device.minor}`;
}

const links: readonly (readonly [name: string, target: string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['ptmx', 'pts/ptmx'],
];

/** Makes /dev/fd, /dev/stdin, /dev/stdout, /dev/stderr and /dev/ptmx, where the image has nothing of that name. */
function makeDeviceLinks(sys: Sys, rootFd: number): void {
  const folder = step('links in /dev', () => openFolderInRoot(sys, rootFd, '/dev'));
  try {
    for (const [name, target] of links) step(`link /dev/${name}`, () => makeLink(sys, folder, name, target));
  } finally {
    sys.close(folder);
  }
}

function makeLink(sys: Sys, folder: number, name: string, target: string): void {
  try {
    sys.symlinkat(target, folder, name);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}
