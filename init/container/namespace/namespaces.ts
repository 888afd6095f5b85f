// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Linux, NamespaceType } from '../../contract/linux-config.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  O_CLOEXEC,
  O_RDONLY,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import { offsetLines } from './time-offsets.ts';

/** How a container stands to one kind of namespace: its own, one that exists, or the runtime's. */
export type NamespaceUse = 'new' | 'joined' | 'host';

/** A namespace to join, with its file opened in the runtime's mount namespace. */
export interface JoinedNamespace {
  readonly type: NamespaceType;
  readonly flag: number;
  readonly path: string;
  readonly fd: number;
}

/** What is to become of each kind of namespace. */
export interface NamespacePlan {
  /** CLONE_NEW* of the new ones that the container's process is cloned into. */
  readonly cloneFlags: number;
  /** CLONE_NEWUSER when the process in between is to be cloned into the user namespace, to make a time namespace in it. */
  readonly betweenFlags: number;
  /** Lines of /proc/PID/timens_offsets for a new time namespace; undefined when there is none to make. */
  readonly timeOffsets: string | undefined;
  readonly joined: readonly JoinedNamespace[];
  readonly use: (type: NamespaceType) => NamespaceUse;
}

/** How the kernel calls each kind: the file in /proc/PID/ns and the flag of clone(2). */
export const namespaceKinds: Readonly<Record<NamespaceType, { readonly file: string; readonly flag: number }>> = {
  pid: { file: 'pid', flag: CLONE_NEWPID },
  network: { file: 'net', flag: CLONE_NEWNET },
  mount: { file: 'mnt', flag: CLONE_NEWNS },
  ipc: { file: 'ipc', flag: CLONE_NEWIPC },
  uts: { file: 'uts', flag: CLONE_NEWUTS },
  user: { file: 'user', flag: CLONE_NEWUSER },
  cgroup: { file: 'cgroup', flag: CLONE_NEWCGROUP },
  time: { file: 'time', flag: CLONE_NEWTIME },
};

/**
 * The new cgroup namespace's root is where its maker is, so the process makes it itself, once it is in its cgroup. A time
 * namespace takes its offsets before anyone is in it, so it is made before the process.
 */
const madeApart: ReadonlySet<NamespaceType> = new Set(['cgroup', 'time']);

/**
 * Reads linux.namespaces (config-linux.md, Namespaces) and opens those that exist. One that is the runtime's own is taken as if
 * it were not listed: to write a sysctl there, or to change the root, would be to do it to the host. Throws on what makes no
 * sense.
 */
export function planNamespaces(sys: Sys, linux: Linux | undefined, opened: number[]): NamespacePlan {
  const uses = new Map<NamespaceType, NamespaceUse>();
  const joined: JoinedNamespace[] = [];
  let cloneFlags = 0;
  for (const { type, path } of linux?.namespaces ?? []) {
    if (uses.has(type)) throw new Error(`linux.namespaces: ${type} is listed twice`);
    if (path === undefined || path === '') {
      uses.set(type, 'new');
      if (!madeApart.has(type)) cloneFlags |= namespaceKinds[type].flag;
    } else {
      const fd = openNamespace(sys, type, path, opened);
      const isOwn = isSame(sys, fd, namespaceKinds[type].file);
      uses.set(type, isOwn ? 'host' : 'joined');
      if (!isOwn) joined.push({ type, flag: namespaceKinds[type].flag, path, fd });
    }
  }
  const use = (type: NamespaceType): NamespaceUse => uses.get(type) ?? 'host';
  if (use('mount') === 'host') refusePathChanges(linux);
  checkMappings(linux, use('user'));
  const timeOffsets = planTime(linux, use('time'));
  const betweenFlags = timeOffsets === undefined ? 0 : cloneFlags & CLONE_NEWUSER;
  return { cloneFlags: cloneFlags & ~betweenFlags, betweenFlags, joined, timeOffsets, use };
}

function planTime(linux: Linux | undefined, time: NamespaceUse): string | undefined {
  const lines = offsetLines(linux?.timeOffsets);
  if (time === 'new') return lines;
  if (lines !== '')
    throw new Error('linux.timeOffsets: expected none, because linux.namespaces has no new time namespace');
  return undefined;
}

function openNamespace(sys: Sys, type: string, path: string, opened: number[]): number {
  const fd = step(`open ${type} namespace ${path}`, () => sys.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0));
  opened.push(fd);
  return fd;
}

/** What is masked or read-only would be so for the host too. */
function refusePathChanges({ maskedPaths = [], readonlyPaths = [] }: Linux = {}): void {
  if (maskedPaths.length > 0 || readonlyPaths.length > 0)
    throw new Error('linux.maskedPaths and linux.readonlyPaths: expected none, because linux.namespaces has no mount');
}

/** Whether an open namespace is the runtime's own of that name. */
function isSame(sys: Sys, fd: number, file: string): boolean {
  const own = sys.statx(AT_FDCWD, `/proc/self/ns/${file}`, 0);
  const other = sys.statx(fd, '', AT_EMPTY_PATH);
  return other.ino === own.ino && other.dev === own.dev;
}

/** Who joins a user namespace may say what its maps are; they are not written again. */
function checkMappings(linux: Linux | undefined, user: NamespaceUse): void {
  const given = (linux?.uidMappings ?? []).length > 0 || (linux?.gidMappings ?? []).length > 0;
  if (given && user === 'host')
    throw new Error('linux.uidMappings: expected none, because linux.namespaces has no user namespace');
}
