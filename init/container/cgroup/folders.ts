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

export interface FolderOptions {
  readonly id: string;
  /** linux.cgroupsPath. */
  readonly path: string | undefined;
  /** Those that will be set: their controllers must be there. */
  readonly limits: readonly CgroupLimit[];
  /** Told of all folders that may be made, before the first one is. */
  readonly onPlanned?: (place: CgroupPlace) => void;
}

/** A folder to make, with what is to be kept of it once it is there. */
interface Folder {
  readonly part: CgroupPlace;
  readonly limits: readonly CgroupLimit[];
  /** Whether it was not there before. */
  readonly make: () => boolean;
}

/**
 * Makes the folders. A rootless runtime goes on without those that it may not make, unless a path or limits were asked for.
 * Throws an Error when one is there that has processes; the others are removed again then.
 */
export function makeFolders(sys: Sys, hierarchies: Hierarchies, options: FolderOptions): CgroupPlace {
  const v1: Record<string, string> = {};
  let v2: string | undefined;
  const place = (): CgroupPlace => ({
    ...(v2 === undefined ? {} : { v2 }),
    ...(Object.keys(v1).length === 0 ? {} : { v1 }),
  });
  const folders = plannedFolders(sys, hierarchies, options);
  options.onPlanned?.(wholePlace(folders));
  try {
    for (const folder of folders) {
      if (!makeIfAllowed(sys, folder, options.path)) continue;
      v2 = folder.part.v2 ?? v2;
      Object.assign(v1, folder.part.v1);
    }
    return place();
  } catch (error) {
    discardCgroup(sys, place());
    throw error;
  }
}

function wholePlace(folders: readonly Folder[]): CgroupPlace {
  const v1 = Object.assign({}, ...folders.map(({ part }) => part.v1)) as Readonly<Record<string, string>>;
  return {
    ...folders.find(({ part }) => part.v2 !== undefined)?.part,
    ...(Object.keys(v1).length === 0 ? {} : { v1 }),
  };
}

function plannedFolders(sys: Sys, { v1, v2 }: Hierarchies, { id, path, limits }: FolderOptions): readonly Folder[] {
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
    throw new Error(`cgroup ${folder}: expected it to be empty, found processes in it`);
  if (isCgroupFrozen(sys, part)) throw new Error(`cgroup ${folder}: expected it to run, found it frozen`);
}
