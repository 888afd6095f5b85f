// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf, writeValue } from '../../files.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';
import type { CgroupValue } from './v2-values.ts';

/** Writes limits into the files of a v2 cgroup, in their order. Throws an Error that names file and value. */
export function writeLimits(sys: Sys, folder: string, values: readonly CgroupValue[]): void {
  for (const value of values) writeLimit(sys, folder, value);
}

function writeLimit(sys: Sys, folder: string, { file, value }: CgroupValue): void {
  step(`cgroup: write "${value}" to ${folder}/${file}`, () => {
    try {
      writeValue(sys, `${folder}/${file}`, value);
    } catch (error) {
      // A kernel without swap has no file for it, and what cannot be limited is unlimited.
      if (value !== 'max' || errnoOf(error) !== 'ENOENT') throw error;
    }
  });
}
