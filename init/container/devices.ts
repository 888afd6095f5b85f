// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Device nodes and the links that programs expect in /dev (config-linux.md, Devices, Default Devices; runtime-linux.md, Dev symbolic links).

import type { Device } from '../contract.ts';
import { errnoOf } from '../files.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_PATH,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFMT,
} from '../linux.ts';
import type { Stat, Sys } from '../sys.ts';
import { attachTree, copyTree } from './mount-tree.ts';
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

/** A device and, where mknod is not allowed (in a user namespace), a detached copy of the host's node. */
export interface PreparedDevice {
  readonly device: Device;
  readonly tree?: number;
}

/** Opens the host's node of a device, to be bound into a container whose user namespace may not make its own. */
export function prepareHostDevice(sys: Sys, device: Device, opened: number[]): PreparedDevice {
  return step(`device ${device.path}: open the host's`, () => {
    const fd = sys.openat(AT_FDCWD, device.path, O_PATH | O_CLOEXEC, 0);
    opened.push(fd);
    if (!isDevice(sys.statx(fd, '', AT_EMPTY_PATH), device))
      throw new Error(`expected ${describe(device)}, found another file`);
    const tree = copyTree(sys, fd, '', false);
    opened.push(tree);
    return { device, tree };
  });
}

/** Makes one device in the container's root. A node that is already there is kept when it is that device. */
export function makeDevice(sys: Sys, rootFd: number, { device, tree }: PreparedDevice): void {
  step(`device ${device.path}`, () => {
    if (tree === undefined) makeNode(sys, rootFd, device);
    else bindNode(sys, rootFd, device, tree);
  });
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

function bindNode(sys: Sys, rootFd: number, device: Device, tree: number): void {
  const target = openFileInRoot(sys, rootFd, device.path);
  try {
    attachTree(sys, tree, target);
  } finally {
    sys.close(target);
  }
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
export function makeDeviceLinks(sys: Sys, rootFd: number): void {
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
