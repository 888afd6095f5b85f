// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf, readText } from '../../files.ts';
import { step } from '../step.ts';
import type { Sys } from '../../sys.ts';
import { type CgroupPlace, processFolder } from './place.ts';
import { subfolders } from './tree.ts';

/**
 * Pids of all processes in the container's cgroup and in those that it made below, as the caller's PID namespace numbers
 * them (0 for one that is not in it). None when the cgroup is not there.
 */
export function processes(sys: Sys, place: CgroupPlace): readonly number[] {
  const folder = processFolder(place);
  return folder === undefined ? [] : step(`list the processes of cgroup ${folder}`, () => processesBelow(sys, folder));
}

function processesBelow(sys: Sys, folder: string): readonly number[] {
  const own = processesOf(sys, folder);
  return own === undefined
    ? []
    : [...own, ...subfolders(sys, folder).flatMap((name) => processesBelow(sys, `${folder}/${name}`))];
}

/** Undefined when the cgroup is gone, which one that a container made may be at any moment. */
function processesOf(sys: Sys, folder: string): readonly number[] | undefined {
  try {
    return numbers(readText(sys, `${folder}/cgroup.procs`));
  } catch (error) {
    switch (errnoOf(error)) {
      case 'ENOENT':
      case 'ENODEV':
        return undefined;
      case 'EOPNOTSUPP':
        // A threaded cgroup (cgroup-v2.rst, Threads): the domain above it lists its processes.
        return [];
      default:
        throw error;
    }
  }
}

function numbers(text: string): readonly number[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}
