// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Linux, NamespaceType } from '../contract.ts';
import { errnoOf } from '../files.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  O_CLOEXEC,
  O_RDONLY,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import { step } from './step.ts';

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
  /** CLONE_NEW* of the new ones, without the cgroup namespace. */
  readonly cloneFlags: number;
  readonly joined: readonly JoinedNamespace[];
  readonly use: (type: NamespaceType) => NamespaceUse;
}

const flags: Readonly<Record<Exclude<NamespaceType, 'time'>, number>> = {
  pid: CLONE_NEWPID,
  network: CLONE_NEWNET,
  mount: CLONE_NEWNS,
  ipc: CLONE_NEWIPC,
  uts: CLONE_NEWUTS,
  user: CLONE_NEWUSER,
  cgroup: CLONE_NEWCGROUP,
};

/** Reads linux.namespaces (config-linux.md, Namespaces) and opens those that exist. Throws on a repeated or unsupported one. */
export function planNamespaces(sys: Sys, linux: Linux | undefined, opened: number[]): NamespacePlan {
  const uses = new Map<NamespaceType, NamespaceUse>();
  const joined: JoinedNamespace[] = [];
  let cloneFlags = 0;
  for (const { type, path } of linux?.namespaces ?? []) {
    if (uses.has(type)) throw new Error(`linux.namespaces: ${type} is listed twice`);
    if (type === 'time') throw new Error('linux.namespaces: the time namespace is not supported yet');

    if (path === undefined || path === '') {
      uses.set(type, 'new');
      // The new cgroup namespace's root is where its maker is: made by the process itself, once it is in its cgroup.
      if (type !== 'cgroup') cloneFlags |= flags[type];
    } else {
      uses.set(type, 'joined');
      joined.push({ type, flag: flags[type], path, fd: openNamespace(sys, type, path, opened) });
    }
  }
  if (!uses.has('mount'))
    throw new Error('linux.namespaces: a container without a mount namespace is not supported yet');
  refuseOwnMounts(sys, joined);
  checkMappings(linux, uses.get('user'));
  return { cloneFlags, joined, use: (type) => uses.get(type) ?? 'host' };
}

function openNamespace(sys: Sys, type: string, path: string, opened: number[]): number {
  const fd = step(`open ${type} namespace ${path}`, () => sys.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0));
  opened.push(fd);
  return fd;
}

/** Changing the root of a joined mount namespace moves everyone in it; the runtime's own must not be moved. */
function refuseOwnMounts(sys: Sys, joined: readonly JoinedNamespace[]): void {
  const mount = joined.find(({ type }) => type === 'mount');
  if (mount === undefined) return;
  const own = sys.statx(AT_FDCWD, '/proc/self/ns/mnt', 0);
  if (sys.statx(mount.fd, '', AT_EMPTY_PATH).ino === own.ino)
    throw new Error(`linux.namespaces: the mount namespace ${mount.path} is the runtime's own`);
}

function checkMappings(linux: Linux | undefined, user: NamespaceUse | undefined): void {
  const mapped = (linux?.uidMappings ?? []).length > 0 && (linux?.gidMappings ?? []).length > 0;
  if (user === 'new' && !mapped)
    throw new Error(
      'linux.uidMappings and linux.gidMappings: expected mappings for the new user namespace, found none',
    );
  if (user !== 'new' && ((linux?.uidMappings ?? []).length > 0 || (linux?.gidMappings ?? []).length > 0))
    throw new Error('linux.uidMappings: expected none, because linux.namespaces has no new user namespace');
}

/**
 * Enters the existing namespaces. A user namespace comes last, because entering it gives up the privileges that the others
 * may need; those that belong to it, and so refuse before, are entered after it.
 */
export function joinNamespaces(sys: Sys, joined: readonly JoinedNamespace[]): void {
  const later: JoinedNamespace[] = [];
  const user = joined.find(({ type }) => type === 'user');
  for (const namespace of joined) {
    if (namespace === user) continue;
    if (!joinIfAllowed(sys, namespace, user !== undefined)) later.push(namespace);
  }
  if (user !== undefined) joinIfAllowed(sys, user, false);
  for (const namespace of later) joinIfAllowed(sys, namespace, false);
}

function joinIfAllowed(sys: Sys, { type, path, fd, flag }: JoinedNamespace, mayRefuse: boolean): boolean {
  return step(`join ${type} namespace ${path}`, () => {
    try {
      sys.setns(fd, flag);
      return true;
    } catch (error) {
      if (mayRefuse && errnoOf(error) === 'EPERM') return false;
      throw error;
    }
  });
}
