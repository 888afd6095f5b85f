// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// How a process gets into a cgroup that is there: cloned into it in v2, by its own move in v1.

import { isPresent, readText } from '../../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { cleanPath } from '../path.ts';
import { step } from '../step.ts';
import { cgroupOfProcess } from './hierarchies.ts';
import { type Cgroup, type CgroupPlace, foldersOf } from './place.ts';
import { enterV1 } from './v1-folder.ts';

/** The cgroup of a container that is made, for its first process. */
export function openCgroup(sys: Sys, place: CgroupPlace): Cgroup {
  const { v1 = {}, v2 } = place;
  const folders = foldersOf({ v1 });
  return {
    place,
    ...(v2 === undefined ? {} : { fd: openFolder(sys, v2) }),
    ...(folders.length === 0 ? {} : { enter: (): void => enterV1(sys, folders) }),
  };
}

/** Where in a container's cgroup another process goes. */
export interface JoinOptions {
  /** As `runc exec --cgroup`: "sub/path", or "controller,controller:sub/path" for some of the v1 hierarchies. */
  readonly below: readonly string[];
  /** The container's first process. */
  readonly init: number;
}

/**
 * The cgroup of a container that runs, for another process. Where the container has passed controllers on to cgroups of its
 * own, its own takes in none any more (cgroup-v2.rst, No Internal Process Constraint): then it is the one that the container's
 * first process has moved to. Throws an Error on a path that leads outside or nowhere, and on a controller that is not there.
 */
export function openRunningCgroup(sys: Sys, place: CgroupPlace, { below, init }: JoinOptions): Cgroup {
  const paths = parseBelow(below);
  const unknown = [...paths.keys()].find((name) => name !== '' && place.v1?.[name] === undefined);
  if (unknown !== undefined)
    throw new Error(`--cgroup: unknown controller "${unknown}": expected one of the container's v1 controllers`);
  const everywhere = paths.get('') ?? '';
  if (everywhere !== '') expectSomewhere(sys, place, everywhere);
  const v1 = Object.fromEntries(
    Object.entries(place.v1 ?? {}).map(([name, folder]) => {
      const path = paths.get(name);
      return [name, path === undefined ? insideIfPresent(sys, folder, everywhere) : inside(folder, path)];
    }),
  );
  if (place.v2 === undefined) return openCgroup(sys, { v1 });
  const v2 = everywhere === '' ? usableFolder(sys, place.v2, init) : insideIfPresent(sys, place.v2, everywhere);
  return openCgroup(sys, { v2, v1 });
}

/** Paths by controller, "" for all that are not named. */
function parseBelow(words: readonly string[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const word of words) {
    const colon = word.indexOf(':');
    const names = colon < 0 ? [''] : word.slice(0, colon).split(',');
    for (const name of names) {
      if ((colon >= 0 && name === '') || paths.has(name))
        throw new Error(`--cgroup: expected "PATH" once, or "CONTROLLER:PATH" once for each, found "${word}"`);
      paths.set(name, word.slice(colon + 1));
    }
  }
  return paths;
}

function inside(folder: string, path: string): string {
  if (path.split('/').includes('..'))
    throw new Error(`--cgroup: bad sub cgroup path "${path}": \`..\` components are not allowed`);
  return cleanPath(`${folder}/${path}`);
}

/** A path for all hierarchies need not be in each: where it is not, the container's own cgroup is meant. */
function insideIfPresent(sys: Sys, folder: string, path: string): string {
  const found = inside(folder, path);
  return isPresent(sys, found) ? found : folder;
}

function expectSomewhere(sys: Sys, place: CgroupPlace, path: string): void {
  const folders = foldersOf(place).map((folder) => inside(folder, path));
  if (!folders.some((folder) => isPresent(sys, folder)))
    throw new Error(`--cgroup: adding pid to ${folders.join(' or ')}: ENOENT (no such file or directory)`);
}

function usableFolder(sys: Sys, folder: string, init: number): string {
  if (readText(sys, `${folder}/cgroup.subtree_control`).trim() === '') return folder;
  return folderOfProcess(sys, folder, init) ?? folder;
}

/** Of a process in the cgroup or below it. The kernel tells its path from the hierarchy's root, wherever that is mounted. */
function folderOfProcess(sys: Sys, folder: string, pid: number): string | undefined {
  const path = cgroupOfProcess(sys, pid) ?? '/';
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
    if (folder.endsWith(path.slice(0, end))) return folder + path.slice(end);
  return undefined;
}

function openFolder(sys: Sys, folder: string): number {
  return step(`open cgroup ${folder}`, () => sys.openat(AT_FDCWD, folder, O_RDONLY | O_CLOEXEC, 0));
}
