// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Device nodes and the links that programs expect in /dev (config-linux.md, Devices, Default Devices; runtime-linux.md, Dev symbolic links).

import type { Device } from '../../contract/linux-config.ts';
import { errnoOf } from '../../files.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  O_CLOEXEC,
  O_PATH,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFMT,
} from '../../linux.ts';
import type { Stat, Sys } from '../../sys.ts';
import { attachTree, copyTree, setAttributes } from './mount-tree.ts';
import { cleanPath, nameOf, parentOf } from '../path.ts';
import { openFileInRoot, openFolderInRoot, openPlainFolderInRoot } from './root-path.ts';
import { step } from '../step.ts';

const defaultDevices: readonly Device[] = [
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

/** How /dev comes to be. */
export interface DeviceOptions {
  /** The host's nodes are bound, since a user namespace may not make its own. */
  readonly bound: boolean;
  /** Something is mounted on /dev. Else it is the image's, and a link there is refused. */
  readonly mounted: boolean;
  /** Has the runtime make a node that is not the host's own, and may not be made here. */
  readonly fetch: ((device: Device) => number) | undefined;
}

/**
 * Makes the devices and the usual links in the container's root. A node that is already there is kept when it is that device.
 * Throws an Error that names the device.
 */
export function makeDevices(
  sys: Sys,
  rootFd: number,
  devices: readonly Device[],
  { bound, mounted, fetch }: DeviceOptions,
): void {
  const dev = step('open /dev', () => openDev(sys, rootFd, mounted));
  try {
    for (const device of devices) {
      const path = cleanPath(device.path);
      // That one is a link to the container's own.
      if (path === '/dev/ptmx') continue;
      step(`device ${device.path}`, () => {
        if (bound && device.type !== 'p') bindNode(sys, rootFd, device, fetch);
        else if (parentOf(path) === '/dev') makeNode(sys, rootFd, dev, device);
        else withFolder(sys, rootFd, parentOf(path), (folder) => makeNode(sys, rootFd, folder, device));
      });
    }
    makeDeviceLinks(sys, dev);
  } finally {
    sys.close(dev);
  }
}

function openDev(sys: Sys, rootFd: number, mounted: boolean): number {
  const dev = mounted ? openFolderInRoot(sys, rootFd, '/dev') : openPlainFolderInRoot(sys, rootFd, '/dev');
  if (dev === undefined)
    throw new Error('expected /dev of the image to be a folder, because devices go there; it is a link or a file');
  return dev;
}

function withFolder(sys: Sys, rootFd: number, path: string, run: (folder: number) => void): void {
  const folder = openFolderInRoot(sys, rootFd, path);
  try {
    run(folder);
  } finally {
    sys.close(folder);
  }
}

function makeNode(sys: Sys, rootFd: number, folder: number, device: Device): void {
  const name = nameOf(cleanPath(device.path));
  switch (tryToMakeNode(sys, folder, name, device)) {
    case 'made': {
      const { uid = 0, gid = 0 } = device;
      if (uid !== 0 || gid !== 0) sys.fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW);
      return;
    }
    case 'EEXIST':
      if (isDevice(sys.statx(folder, name, AT_SYMLINK_NOFOLLOW), device)) return;
      throw new Error(`expected ${describe(device)} or nothing there, found another file`);
    case 'EPERM':
      return bindNode(sys, rootFd, device, undefined);
  }
}

/** EPERM: the runtime itself may make no nodes, as in a container. */
function tryToMakeNode(sys: Sys, folder: number, name: string, device: Device): 'made' | 'EEXIST' | 'EPERM' {
  try {
    makeDeviceNode(sys, folder, name, device);
    return 'made';
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST' || errno === 'EPERM') return errno;
    throw error;
  }
}

/** mknod(2) with what the device has for it. */
export function makeDeviceNode(sys: Sys, folder: number, name: string, device: Device): void {
  // Some configurations carry the file's type in fileMode too.
  const mode = (device.fileMode ?? 0o666) & 0o7777;
  sys.mknodat(folder, name, fileType(device) | mode, device.major ?? 0, device.minor ?? 0);
}

function bindNode(sys: Sys, rootFd: number, device: Device, fetch: DeviceOptions['fetch']): void {
  const tree = openNode(sys, device, fetch);
  try {
    // It is not to become a program there.
    setAttributes(sys, tree, { set: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, clear: 0 }, false);
    const target = openFileInRoot(sys, rootFd, device.path);
    attachTree(sys, tree, target);
    sys.close(target);
  } finally {
    sys.close(tree);
  }
}

/** The host's node, looked up where the process still has the host's root; a new one when it is to have an owner or a mode. */
function openNode(sys: Sys, device: Device, fetch: DeviceOptions['fetch']): number {
  const { uid, gid, fileMode } = device;
  const isOwn = !defaultDevices.includes(device) && (uid !== undefined || gid !== undefined || fileMode !== undefined);
  if (isOwn && fetch !== undefined) return fetch(device);
  try {
    return step("open the host's", () => copyHostNode(sys, device));
  } catch (error) {
    if (fetch === undefined || !(error instanceof Error) || errnoOf(error.cause) !== 'ENOENT') throw error;
    return fetch(device);
  }
}

/**
 * Read-only: the device takes what is written to it all the same, but the node keeps its mode and owner, which a container may
 * otherwise change for the whole host when its root is the host's.
 */
function copyHostNode(sys: Sys, device: Device): number {
  const source = openHostNode(sys, device);
  try {
    const tree = copyTree(sys, source, '', false);
    setAttributes(sys, tree, { set: MOUNT_ATTR_RDONLY, clear: 0 }, false);
    return tree;
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
];

/** Where the image has nothing of that name; /dev/ptmx is replaced, as it would be a terminal of another devpts. */
function makeDeviceLinks(sys: Sys, dev: number): void {
  for (const [name, target] of links) step(`link /dev/${name}`, () => makeLink(sys, dev, name, target));
  if (hasKernelCore(sys)) step('link /dev/core', () => makeLink(sys, dev, 'core', '/proc/kcore'));
  step('link /dev/ptmx', () => {
    if (makeLink(sys, dev, 'ptmx', 'pts/ptmx')) return;
    sys.unlinkat(dev, 'ptmx', 0);
    sys.symlinkat('pts/ptmx', dev, 'ptmx');
  });
}

function hasKernelCore(sys: Sys): boolean {
  const fd = sys.openat2(AT_FDCWD, '/proc/kcore', { flags: O_PATH | O_CLOEXEC, optional: 1 });
  if (fd >= 0) sys.close(fd);
  return fd >= 0;
}

/** False when something of that name is there. */
function makeLink(sys: Sys, folder: number, name: string, target: string): boolean {
  try {
    sys.symlinkat(target, folder, name);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}
