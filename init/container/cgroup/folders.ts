// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The container's folder in each hierarchy of the host.

import { readTextIfPresent } from '../../files.ts';
import type { Sys } from '../../sys.ts';
import { cleanPath, parentOf } from '../path.ts';
import { discardCgroup } from './destroy.ts';
import { isCgroupFrozen } from './freeze.ts';
import type { Hierarchies } from './hierarchies.ts';
import type { CgroupLimit } from './limit.ts';
import type { CgroupPlace } from './place.ts';
import { controllersNeeded } from './plan.ts';
import { processes } from './processes.ts';
import { isRefusal, isRootless } from './rootless.ts';
import { makeCpusetFolder, makeV1Folder } from './v1-folder.ts';
import { makeV2Folder } from './v2-folder.ts';

/** What decides where the folders are and what they can do. */
export interface FolderOptions {
  readonly id: string;
  /** linux.cgroupsPath. */
  readonly path: string | undefined;
  /** Those that will be set: their controllers must be there. */
  readonly limits: readonly CgroupLimit[];
}

/** A folder to make, with what is to be kept of it once it is there. */
export interface Folder {
  readonly part: CgroupPlace;
  readonly limits: readonly CgroupLimit[];
  /** Whether it was not there before. */
  readonly make: () => boolean;
}

/** All of the folders as a place. */
export function placeOf(folders: readonly Folder[]): CgroupPlace {
  const v1: Record<string, string> = {};
  let v2: string | undefined;
  for (const { part } of folders) {
    v2 = part.v2 ?? v2;
    Object.assign(v1, part.v1);
  }
  return { ...(v2 === undefined ? {} : { v2 }), ...(Object.keys(v1).length === 0 ? {} : { v1 }) };
}

/**
 * Makes the folders. A rootless runtime goes on without those that it may not make, unless a path (linux.cgroupsPath) or limits
 * were asked for. Throws an Error when one is there that has processes; the others are removed again then.
 */
export function makeFolders(sys: Sys, folders: readonly Folder[], path: string | undefined): CgroupPlace {
  const made: Folder[] = [];
  try {
    for (const folder of folders) if (makeIfAllowed(sys, folder, path)) made.push(folder);
    return placeOf(made);
  } catch (error) {
    discardCgroup(sys, placeOf(made));
    throw error;
  }
}

/** What there is to make, in the order in which it is made. */
export function planFolders(sys: Sys, { v1, v2 }: Hierarchies, { id, path, limits }: FolderOptions): readonly Folder[] {
  const folders = v1.map(({ mount, own, names }): Folder => {
    const folder = mount + containerPath(own, path, id);
    const make = names.includes('cpuset') ? makeCpusetFolder : makeV1Folder;
    return {
      part: { v1: Object.fromEntries(names.map((name) => [name, folder])) },
      limits: limits.filter(({ version, controller }) => version === 1 && names.includes(controller)),
      make: () => make(sys, folder),
    };
  });
  if (v2 === undefined) return folders;
  const inner = containerPath(() => parentOf(v2.own()), path, id);
  const needed = limits.filter(({ version }) => version === 2);
  const make = (): boolean => makeV2Folder(sys, v2.mount, inner, controllersNeeded(needed));
  return [{ part: { v2: v2.mount + inner }, limits: needed, make }, ...folders];
}

/**
 * The cgroup's path below the mount point. Absolute paths are taken from there. Others, and the container's id when none is
 * given, lie in the runtime's own cgroup, but in v2 beside it: inside it no controller could be enabled, since it has processes.
 */
function containerPath(base: () => string, path: string | undefined, id: string): string {
  if (path?.startsWith('/')) return cleanPath(path);
  return cleanPath(`${base()}/${cleanPath(path === undefined || path === '' ? id : path)}`);
}

/** Whether it is there now. */
function makeIfAllowed(sys: Sys, { part, limits, make }: Folder, path: string | undefined): boolean {
  try {
    if (!make()) refuseUsed(sys, part);
    return true;
  } catch (error) {
    if (!isRefusal(error) || !isRootless(sys) || (path !== undefined && path !== '')) throw error;
    const [asked] = limits;
    if (asked === undefined) return false;
    throw new Error(`linux.resources: limits (${asked.file}) need a cgroup that a rootless runtime may not make here`, {
      cause: error,
    });
  }
}

/**
 * Limits would hold for all that are in it or below it, and the first container to end would take the others with it. In a
 * frozen one the container would never start.
 */
function refuseUsed(sys: Sys, part: CgroupPlace): void {
  const folder = part.v2 ?? Object.values(part.v1 ?? {})[0] ?? '';
  const events = part.v2 === undefined ? undefined : readTextIfPresent(sys, `${folder}/cgroup.events`);
  if (events === undefined ? processes(sys, part).length > 0 : events.includes('populated 1'))
    throw new Error(`container's cgroup is not empty: expected no processes in ${folder} or below it, found some`);
  if (isCgroupFrozen(sys, part)) throw new Error(`container's cgroup unexpectedly frozen: thaw or remove ${folder}`);
}
