// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Where containers are kept: ROOT/ID/, one folder each, with state.json, config.json (the bytes that "create" read) and
// start.sock (until it is started). A command that changes a container holds its folder's lock; since the lock and all
// files are reached through the folder's descriptor, a container made anew under the same id is never taken for the old one.

import { errnoOf, makeFolder } from '../files.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  DT_REG,
  LOCK_EX,
  LOCK_NB,
  O_CLOEXEC,
  O_CREAT,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import { step } from '../container/step.ts';
import { checkId, isId } from './container-id.ts';
import { type ContainerState, decodeState, encodeState } from './state-file.ts';

/** A container's folder, open. */
export interface Folder {
  readonly fd: number;
  readonly path: string;
}

/** Of the socket that a created container waits at. */
export const gateName = 'start.sock';
/** Below --root, and no id of a container: compiled seccomp filters (container/seccomp/seccomp-cache.ts). */
export const seccompCacheName = '@seccomp';
/** Of what is kept of a container. */
export const stateName = 'state.json';
const configName = 'config.json';

/** The id is taken by a container, or by what a crash left of one. */
const existsMessage = 'container with given ID already exists';
/** Callers of runc know a missing container by these words. */
export const missingMessage = 'container does not exist';

/** Makes the folder of a new container and locks it; the caller closes it. Throws an Error when the id is taken. */
export function createFolder(sys: Sys, root: string, id: string): Folder {
  const path = `${root}/${checkId(id)}`;
  try {
    makeBelow(sys, root, path);
  } catch (error) {
    throw errnoOf(error) === 'EEXIST' ? new Error(existsMessage, { cause: error }) : error;
  }
  const folder = { fd: openFolder(sys, path), path };
  lock(sys, folder);
  return folder;
}

function makeBelow(sys: Sys, root: string, path: string): void {
  try {
    sys.mkdirat(AT_FDCWD, path, 0o700);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    makeFolder(sys, root, 0o700);
    sys.mkdirat(AT_FDCWD, path, 0o700);
  }
}

/** Runs `act` with a container's folder open, and locked when it is to be changed. Throws an Error when there is none. */
export function withFolder<T>(
  sys: Sys,
  root: string,
  id: string,
  use: 'read' | 'change',
  act: (folder: Folder) => T,
): T {
  const path = `${root}/${checkId(id)}`;
  let fd: number;
  try {
    fd = openFolder(sys, path);
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? new Error(missingMessage, { cause: error }) : error;
  }
  try {
    if (use === 'change') lock(sys, { fd, path });
    return act({ fd, path });
  } finally {
    sys.close(fd);
  }
}

/** Through no link, since what is in the folder is removed by and by, and without waiting at a fifo. */
function openFolder(sys: Sys, path: string): number {
  return sys.openat(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
}

const patience = 10e9;
const pause = 5e6;

/** Waits for others that change the container, but not forever: a hook of one may hang. */
function lock(sys: Sys, { fd, path }: Folder): void {
  for (let waited = 0; !tryLock(sys, fd); waited += pause) {
    if (waited >= patience) throw new Error(`${path}: another command has held the container for ${patience / 1e9} s`);
    sys.nanosleep(pause);
  }
}

function tryLock(sys: Sys, fd: number): boolean {
  try {
    sys.flock(fd, LOCK_EX | LOCK_NB);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return false;
    throw error;
  }
}

/** Whether a command that changes the container is under way. */
export function isBusy(sys: Sys, folder: Folder): boolean {
  // A descriptor of its own: a lock belongs to an open file, and the caller may hold this one.
  const fd = openFolder(sys, folder.path);
  try {
    return !tryLock(sys, fd);
  } finally {
    sys.close(fd);
  }
}

/** Ids of all folders below the root, sorted. Throws a SysError when the root cannot be read. */
export function containerIds(sys: Sys, root: string): readonly string[] {
  const fd = sys.openat(AT_FDCWD, root, O_RDONLY | O_CLOEXEC, 0);
  try {
    const entries = sys.readdir(fd).filter(({ name, type }) => type !== DT_REG && isId(name));
    return entries.map(({ name }) => name).sort();
  } finally {
    sys.close(fd);
  }
}

/** Replaces state.json at once. */
export function saveState(sys: Sys, { fd }: Folder, state: ContainerState): void {
  const temporary = `${stateName}.new`;
  writeAt(sys, fd, temporary, sys.encodeUtf8(encodeState(state)));
  sys.renameat2(fd, temporary, fd, stateName, 0);
}

/** Reads state.json. Throws an Error: missingMessage when there is none, else "FILE: PLACE: PROBLEM". */
export function loadState(sys: Sys, { fd, path }: Folder): ContainerState {
  let bytes: Uint8Array;
  try {
    bytes = readAt(sys, fd, stateName);
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? new Error(missingMessage, { cause: error }) : error;
  }
  return step(`${path}/${stateName}`, () => decodeState(sys.decodeUtf8(bytes)));
}

/** Keeps the configuration that the container is made from. */
export function saveConfig(sys: Sys, { fd }: Folder, config: Uint8Array): void {
  writeAt(sys, fd, configName, config);
}

/** The configuration that the container was made from, as it was read. */
export function loadConfig(sys: Sys, { fd }: Folder): string {
  return sys.decodeUtf8(readAt(sys, fd, configName));
}

function writeAt(sys: Sys, folder: number, name: string, bytes: Uint8Array): void {
  const fd = sys.openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600);
  try {
    for (let offset = 0; offset < bytes.length; ) offset += sys.write(fd, bytes.subarray(offset));
  } finally {
    sys.close(fd);
  }
}

function readAt(sys: Sys, folder: number, name: string): Uint8Array {
  const fd = sys.openat(folder, name, O_RDONLY | O_CLOEXEC, 0);
  try {
    const size = sys.statx(fd, '', AT_EMPTY_PATH).size;
    const bytes = new Uint8Array(size);
    let length = 0;
    for (let count = -1; count !== 0 && length < size; length += count) count = sys.read(fd, bytes.subarray(length));
    return bytes.subarray(0, length);
  } finally {
    sys.close(fd);
  }
}

/** Whether a file of the container is there. */
export function hasFile(sys: Sys, { fd }: Folder, name: string): boolean {
  try {
    sys.faccessat2(fd, name, 0, 0);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Removes the container's files, its state last, and then the folder. Nothing happens when that was done while the caller waited
 * for the lock: what is at the path by now is another container.
 */
export function removeFolder(sys: Sys, { fd, path }: Folder): void {
  step(`remove ${path}`, () => {
    const names = namesIn(sys, fd);
    if (names === undefined) return;
    for (const name of names) if (name !== stateName) sys.unlinkat(fd, name, 0);
    if (names.includes(stateName)) sys.unlinkat(fd, stateName, 0);
    sys.unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
  });
}

/** Undefined of a folder that is removed. */
function namesIn(sys: Sys, fd: number): readonly string[] | undefined {
  try {
    return sys.readdir(fd).map((entry) => entry.name);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
