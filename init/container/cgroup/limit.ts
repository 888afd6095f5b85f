// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf, readTextIfPresent, writeValue } from '../../files.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import type { CgroupPlace } from './place.ts';

/** One value in one file of a cgroup. */
export interface CgroupLimit {
  /** Of the hierarchy that it goes to. */
  readonly version: 1 | 2;
  /** "memory"; "cgroup" for the files that every v2 cgroup has. */
  readonly controller: string;
  readonly file: string;
  readonly value: string;
  /** Nothing is lost where the kernel does not have the file. */
  readonly optional?: boolean;
  /** Where the kernel does not have the file this one takes its place. */
  readonly otherwise?: { readonly file: string; readonly value: string };
  /** May be refused (EINVAL) as long as another one of the limits has its old value: then it is written again at last. */
  readonly dependent?: boolean;
}

/** Writes the limits in their order. Throws an Error that names file and value. */
export function writeLimits(sys: Sys, place: CgroupPlace, limits: readonly CgroupLimit[]): void {
  const again: [string, CgroupLimit][] = [];
  for (const limit of limits) {
    const folder = folderOf(place, limit);
    try {
      writeLimit(sys, folder, limit);
    } catch (error) {
      if (limit.dependent !== true || errnoOf(error) !== 'EINVAL') throw described(sys, folder, limit, error);
      again.push([folder, limit]);
    }
  }
  for (const [folder, limit] of again) {
    try {
      writeLimit(sys, folder, limit);
    } catch (error) {
      throw described(sys, folder, limit, error);
    }
  }
}

function folderOf({ v1, v2 }: CgroupPlace, { version, controller, file }: CgroupLimit): string {
  const folder = version === 1 ? v1?.[controller] : v2;
  if (folder === undefined)
    throw new Error(`cgroup: ${file}: expected a cgroup of the controller "${controller}", found none`);
  return folder;
}

function writeLimit(sys: Sys, folder: string, { file, value, optional, otherwise }: CgroupLimit): void {
  try {
    writeValue(sys, `${folder}/${file}`, value);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    if (otherwise !== undefined) writeValue(sys, `${folder}/${otherwise.file}`, otherwise.value);
    else if (optional !== true) throw error;
  }
}

/** What can be said of a refusal beyond its errno. */
function described(sys: Sys, folder: string, limit: CgroupLimit, error: unknown): Error {
  const act = `cgroup: write "${limit.value}" to ${folder}/${limit.file}`;
  try {
    return step(act, () => {
      explain(sys, folder, limit, errnoOf(error));
      throw error;
    });
  } catch (explained) {
    return explained as Error;
  }
}

function explain(sys: Sys, folder: string, { version, controller }: CgroupLimit, errno: string | undefined): void {
  if (errno === 'ENOENT' && version === 2 && controller !== 'cgroup') {
    const found = (readTextIfPresent(sys, `${folder}/cgroup.controllers`) ?? '').trim();
    if (!found.split(' ').includes(controller))
      throw new Error(`expected the controller "${controller}" there, found ${found === '' ? 'none' : found}`);
  }
  if (errno === 'EBUSY' && controller === 'memory') {
    const use = readTextIfPresent(sys, `${folder}/${version === 1 ? 'memory.usage_in_bytes' : 'memory.current'}`);
    throw new Error(`expected at least what is in use (${use?.trim() ?? 'unknown'} bytes): EBUSY`);
  }
}
