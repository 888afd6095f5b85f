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
  return step(`make cgroup ${folder}`, () => makeWithParents(sys, folder, () => undefined));
}

/**
 * As makeV1Folder in the cpuset hierarchy, where a new cgroup has no processors and no memory nodes, and takes in no process
 * before it has: it and those above it that are made get their parent's (cgroup-v1/cpusets.rst).
 */
export function makeCpusetFolder(sys: Sys, folder: string): boolean {
  return step(`make cgroup ${folder}`, () =>
    makeWithParents(sys, folder, (made, isNew) => inheritCpuset(sys, made, isNew)),
  );
}

function makeWithParents(sys: Sys, folder: string, prepare: (made: string, isNew: boolean) => void): boolean {
  let isNew: boolean;
  try {
    isNew = makeFolderAnew(sys, folder);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || nameOf(folder) === '') throw error;
    makeWithParents(sys, parentOf(folder), prepare);
    isNew = makeFolderAnew(sys, folder);
  }
  prepare(folder, isNew);
  return isNew;
}

function inheritCpuset(sys: Sys, folder: string, isNew: boolean): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems'])
    if (isNew || readValue(sys, `${folder}/${file}`).trim() === '')
      writeValue(sys, `${folder}/${file}`, readValue(sys, `${parentOf(folder)}/${file}`));
}

/**
 * Moves the caller into each of the cgroups. It has one thread only, and moves that: to move a process the kernel stops every
 * fork on the machine first, which takes it many milliseconds, and for a thread that moves itself it need not.
 */
export function enterV1(sys: Sys, folders: readonly string[]): void {
  for (const folder of folders) step(`join cgroup ${folder}`, () => writeValue(sys, `${folder}/tasks`, '0'));
}
