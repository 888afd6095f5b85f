// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The container's cgroup in a v2 hierarchy (cgroups(7), Documentation/admin-guide/cgroup-v2.rst).

import type { Resources } from '../../contract.ts';
import { errnoOf, makeFolder, readText, readTextIfPresent, writeValue } from '../../files.ts';
import { AT_FDCWD, CGROUP2_SUPER_MAGIC, O_CLOEXEC, O_PATH, O_RDONLY } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { cleanPath, parentOf } from '../path.ts';
import { step } from '../step.ts';
import { discardCgroup } from './destroy.ts';
import type { Cgroup } from './place.ts';
import { writeLimits } from './v2-limits.ts';
import { cgroupValues, controllersOf } from './v2-values.ts';
import { type DeviceRule, restrictDevices } from './device-program.ts';

/** Where the v2 hierarchy may be: alone, or beside v1's controllers ("hybrid"). */
const usualRoots: readonly string[] = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];

export interface CgroupOptions {
  readonly id: string;
  /** linux.cgroupsPath. */
  readonly path: string | undefined;
  readonly resources: Resources | undefined;
  /** Mount point of the hierarchy; found when absent. */
  readonly root: string | undefined;
}

/**
 * Makes the container's cgroup with its limits set. Its place is empty on a host without cgroup v2, which is an error only
 * when there are limits to keep.
 */
export function applyCgroup(sys: Sys, options: CgroupOptions): Cgroup {
  const values = cgroupValues(options.resources ?? {});
  const root = options.root ?? findCgroupRoot(sys);
  if (root === undefined) {
    if (values.length === 0 && (options.resources?.devices ?? []).length === 0) return { place: {} };
    throw new Error(`cgroup: expected cgroup v2 on ${usualRoots.join(' or ')} for the limits asked, found none`);
  }
  const path = containerPath(sys, options.path, options.id);
  const folder = root + path;
  makeCgroup(sys, root, path, controllersOf(values));
  refusePopulated(sys, folder);
  try {
    writeLimits(sys, folder, values);
    return { place: { v2: folder }, fd: openRestricted(sys, folder, options.resources?.devices ?? []) };
  } catch (error) {
    discardCgroup(sys, { v2: folder });
    throw error;
  }
}

function openRestricted(sys: Sys, folder: string, rules: readonly DeviceRule[]): number {
  const fd = step(`open cgroup ${folder}`, () => sys.openat(AT_FDCWD, folder, O_RDONLY | O_CLOEXEC, 0));
  try {
    restrictDevices(sys, fd, rules);
    return fd;
  } catch (error) {
    sys.close(fd);
    throw error;
  }
}

/** Mount point of the cgroup v2 hierarchy; undefined on a host without. */
export function findCgroupRoot(sys: Sys): string | undefined {
  return usualRoots.find((path) => isCgroup2(sys, path));
}

function isCgroup2(sys: Sys, path: string): boolean {
  try {
    const fd = sys.openat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
    try {
      return sys.fstatfs(fd).type === CGROUP2_SUPER_MAGIC;
    } finally {
      sys.close(fd);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * The cgroup's path below the hierarchy's root. Absolute paths are taken from the root. Others, and the container's id when
 * none is given, lie beside the runtime's own cgroup: inside it no controller could be enabled, since it has processes.
 */
function containerPath(sys: Sys, cgroupsPath: string | undefined, id: string): string {
  if (cgroupsPath?.startsWith('/')) return cleanPath(cgroupsPath);
  const own = ownCgroup(readTextIfPresent(sys, '/proc/self/cgroup') ?? '');
  return cleanPath(`${parentOf(own)}/${cleanPath(cgroupsPath === undefined || cgroupsPath === '' ? id : cgroupsPath)}`);
}

/** The v2 line of /proc/PID/cgroup: "0::/user.slice/x". */
export function ownCgroup(text: string): string {
  const line = text.split('\n').find((candidate) => candidate.startsWith('0::'));
  return line === undefined ? '/' : cleanPath(line.slice(3));
}

/**
 * Makes a cgroup and those above it, and passes every controller there is down to it, so that use is accounted as well as
 * limited. `needed` ones that cannot be had are an error. Also for the cgroups that a bundle asks for by runtime.json.
 */
export function makeCgroup(sys: Sys, root: string, path: string, needed: readonly string[]): void {
  const names = path.split('/').filter((name) => name !== '');
  if (names.length === 0) throw new Error(`cgroup: expected a path below ${root}, found "${path}"`);
  let folder = root;
  for (const name of names) {
    enableControllers(sys, folder, needed);
    folder = `${folder}/${name}`;
    const made = folder;
    step(`make cgroup ${made}`, () => makeFolder(sys, made, 0o755));
  }
}

function enableControllers(sys: Sys, folder: string, needed: readonly string[]): void {
  const available = words(readText(sys, `${folder}/cgroup.controllers`));
  const missing = needed.find((name) => !available.includes(name));
  if (missing !== undefined)
    throw new Error(
      `cgroup: expected the controller "${missing}" in ${folder} for the limits asked, found ${available.join(', ') || 'none'}`,
    );
  const enabled = words(readText(sys, `${folder}/cgroup.subtree_control`));
  for (const name of available) {
    if (enabled.includes(name)) continue;
    try {
      writeValue(sys, `${folder}/cgroup.subtree_control`, `+${name}`);
    } catch (error) {
      // One that nobody asked for may be impossible here: the folder has processes, or a real-time task runs.
      if (needed.includes(name))
        throw new Error(`cgroup: enable the controller "${name}" below ${folder}: ${errnoOf(error) ?? String(error)}`, {
          cause: error,
        });
    }
  }
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/**
 * Limits would hold for all that are in it or below it, and the first container to end would take the others with it
 * (cgroup.events counts processes of the whole tree).
 */
function refusePopulated(sys: Sys, folder: string): void {
  if (readText(sys, `${folder}/cgroup.events`).includes('populated 1'))
    throw new Error(`cgroup ${folder}: expected it to be empty, found processes in it`);
}
