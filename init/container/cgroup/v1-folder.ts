// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The container's folders in the v1 hierarchies (Documentation/admin-guide/cgroup-v1).

import { errnoOf, readValue, writeValue } from '../../files.ts';
import type { Sys } from '../../sys.ts';
import { nameOf, parentOf } from '../path.ts';
import { step } from '../step.ts';
import { makeFolderAnew } from './tree.ts';

/** Makes a cgroup and those above it. Whether it was not there before. */
export function makeV1Folder(sys: Sys, folder: string): boolean {
  return step(`make cgroup ${folder}`, () => makeWithParents(sys, folder));
}

/**
 * As makeV1Folder in the cpuset hierarchy, where a new cgroup has no processors and no memory nodes, and takes in no process
 * before it has: it gets those of the cgroup above, and so does each above it that has none (cgroup-v1/cpusets.rst).
 */
export function makeCpusetFolder(sys: Sys, folder: string): boolean {
  return step(`make cgroup ${folder}`, () => {
    const isNew = makeWithParents(sys, folder);
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      if (isNew) inheritCpuset(sys, folder, file);
      else cpusetOf(sys, folder, file);
    return isNew;
  });
}

function makeWithParents(sys: Sys, folder: string): boolean {
  try {
    return makeFolderAnew(sys, folder);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || nameOf(folder) === '') throw error;
    makeWithParents(sys, parentOf(folder));
    return makeFolderAnew(sys, folder);
  }
}

/** What the cgroup has, once it has inherited it if need be. The root of the hierarchy always has some. */
function cpusetOf(sys: Sys, folder: string, file: string): string {
  const own = readValue(sys, `${folder}/${file}`).trim();
  return own === '' ? inheritCpuset(sys, folder, file) : own;
}

function inheritCpuset(sys: Sys, folder: string, file: string): string {
  const inherited = cpusetOf(sys, parentOf(folder), file);
  writeValue(sys, `${folder}/${file}`, inherited);
  return inherited;
}

/**
 * Moves the caller into each of the cgroups. It has one thread only, and moves that: to move a process the kernel stops every
 * fork on the machine first, which takes it many milliseconds, and for a thread that moves itself it need not.
 */
export function enterV1(sys: Sys, folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      writeValue(sys, `${folder}/tasks`, '0');
    } catch (error) {
      step(`join cgroup ${folder}: adding pid ${sys.getpid()}`, () => {
        throw error;
      });
    }
  }
}
