// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Mounts as descriptors: a tree is made detached, given its attributes and propagation, and only then attached at a
// descriptor of its target. No path is looked up twice, so nothing can be swapped in between (mount_setattr(2), open_tree(2),
// fsopen(2), move_mount(2); kernel 5.12 or later).

import {
  AT_EMPTY_PATH,
  AT_RECURSIVE,
  FSCONFIG_CMD_CREATE,
  FSCONFIG_SET_FLAG,
  FSCONFIG_SET_STRING,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_T_EMPTY_PATH,
  O_CLOEXEC,
  OPEN_TREE_CLONE,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import { type AttributeChange, changesAnything, type MountOptions, type PropagationChange } from './mount-options.ts';

/** fsconfig(2) takes values of up to 255 bytes; longer ones exist (an overlay's lowerdir) and need mount(2). */
export const longestFsconfigValue = 255;

/** What makes a new file system: the part of MountOptions that fsopen, fsconfig and fsmount take. */
export type FilesystemOptions = Pick<MountOptions, 'attributes' | 'flags' | 'data'>;

/** A detached mount of a new file system. What the file system's driver logged is in the Error when it refuses. */
export function makeFilesystem(sys: Sys, type: string, source: string, options: FilesystemOptions): number {
  const context = sys.fsopen(type, FSOPEN_CLOEXEC);
  try {
    sys.fsconfig(context, FSCONFIG_SET_STRING, 'source', source, 0);
    // The file systems that are one for the whole kernel or namespace are not to be changed by one container's view of them.
    if (!sharedFilesystems.has(type)) for (const flag of options.flags) setParameter(sys, context, flag);
    for (const parameter of options.data) for (const word of parameter.split(',')) setParameter(sys, context, word);
    sys.fsconfig(context, FSCONFIG_CMD_CREATE, null, null, 0);
    return sys.fsmount(context, FSMOUNT_CLOEXEC, options.attributes.set);
  } catch (error) {
    throw withDriverLog(sys, context, error);
  } finally {
    sys.close(context);
  }
}

const sharedFilesystems: ReadonlySet<string> = new Set([
  'proc',
  'sysfs',
  'cgroup2',
  'mqueue',
  'devpts',
  'devtmpfs',
  'debugfs',
  'securityfs',
]);

function setParameter(sys: Sys, context: number, word: string): void {
  if (word === '') return;
  const equals = word.indexOf('=');
  if (equals < 0) sys.fsconfig(context, FSCONFIG_SET_FLAG, word, null, 0);
  else sys.fsconfig(context, FSCONFIG_SET_STRING, word.slice(0, equals), word.slice(equals + 1), 0);
}

/** A driver's complaint is read from the context, one line a read, each after a level ("e tmpfs: Bad value for 'size'"). */
function withDriverLog(sys: Sys, context: number, error: unknown): unknown {
  const buffer = new Uint8Array(512);
  try {
    const line = sys.decodeUtf8(buffer.subarray(0, sys.read(context, buffer))).trim();
    return line === '' ? error : new Error(line.replace(/^[ewi] /, ''), { cause: error });
  } catch {
    // ENODATA: the driver logged nothing.
    return error;
  }
}

/** A detached copy of the mount at `path`, with what is mounted below it when `recursive`. An empty path means `dirfd` itself. */
export function copyTree(sys: Sys, dirfd: number, path: string, recursive: boolean): number {
  const which = path === '' ? AT_EMPTY_PATH : 0;
  return sys.openTree(dirfd, path, OPEN_TREE_CLONE | O_CLOEXEC | which | (recursive ? AT_RECURSIVE : 0));
}

/** Attaches a detached tree on top of what `targetFd` refers to. */
export function attachTree(sys: Sys, tree: number, targetFd: number): void {
  sys.moveMount(tree, '', targetFd, '', MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/** Changes attributes of a mount, or of it and all below it. */
export function setAttributes(sys: Sys, tree: number, change: AttributeChange, recursive: boolean): void {
  if (!changesAnything(change)) return;
  sys.mountSetattr(tree, '', AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), {
    ...change,
    propagation: 0,
    usernsFd: 0,
  });
}

export function setPropagation(sys: Sys, tree: number, { type, recursive }: PropagationChange): void {
  sys.mountSetattr(tree, '', AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), {
    set: 0,
    clear: 0,
    propagation: type,
    usernsFd: 0,
  });
}
