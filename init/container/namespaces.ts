// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Linux, NamespaceType } from '../contract.ts';
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
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import { step } from './step.ts';
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

const flags: Readonly<Record<NamespaceType, number>> = {
  pid: CLONE_NEWPID,
  network: CLONE_NEWNET,
  mount: CLONE_NEWNS,
  ipc: CLONE_NEWIPC,
  uts: CLONE_NEWUTS,
  user: CLONE_NEWUSER,
  cgroup: CLONE_NEWCGROUP,
  time: CLONE_NEWTIME,
};

/**
 * The new cgroup namespace's root is where its maker is, so the process makes it itself, once it is in its cgroup. A time
 * namespace takes its offsets before anyone is in it, so it is made before the process.
 */
const madeApart: ReadonlySet<NamespaceType> = new Set(['cgroup', 'time']);

/** Reads linux.namespaces (config-linux.md, Namespaces) and opens those that exist. Throws on what makes no sense. */
export function planNamespaces(sys: Sys, linux: Linux | undefined, opened: number[]): NamespacePlan {
  const uses = new Map<NamespaceType, NamespaceUse>();
  const joined: JoinedNamespace[] = [];
  let cloneFlags = 0;
  for (const { type, path } of linux?.namespaces ?? []) {
    if (uses.has(type)) throw new Error(`linux.namespaces: ${type} is listed twice`);
    if (path === undefined || path === '') {
      uses.set(type, 'new');
      if (!madeApart.has(type)) cloneFlags |= flags[type];
    } else {
      uses.set(type, 'joined');
      joined.push({ type, flag: flags[type], path, fd: openNamespace(sys, type, path, opened) });
    }
  }
  if (!uses.has('mount')) refusePathChanges(linux);
  refuseOwnMounts(sys, joined);
  checkMappings(linux, uses.get('user'));
  const use = (type: NamespaceType): NamespaceUse => uses.get(type) ?? 'host';
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

/** Changing the root of a joined mount namespace moves everyone in it; the runtime's own must not be moved. */
function refuseOwnMounts(sys: Sys, joined: readonly JoinedNamespace[]): void {
  const mount = joined.find(({ type }) => type === 'mount');
  if (mount === undefined) return;
  const own = sys.statx(AT_FDCWD, '/proc/self/ns/mnt', 0);
  if (sys.statx(mount.fd, '', AT_EMPTY_PATH).ino === own.ino)
    throw new Error(`linux.namespaces: the mount namespace ${mount.path} is the runtime's own`);
}

/** Who joins a user namespace may say what its maps are; they are not written again. */
function checkMappings(linux: Linux | undefined, user: NamespaceUse | undefined): void {
  const given = (linux?.uidMappings ?? []).length > 0 || (linux?.gidMappings ?? []).length > 0;
  if (given && user !== 'new' && user !== 'joined')
    throw new Error('linux.uidMappings: expected none, because linux.namespaces has no user namespace');
}
