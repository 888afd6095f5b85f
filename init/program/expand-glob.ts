// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { compileGlob, matchGlob } from '../boot/glob.ts';
import { isPresent } from '../files.ts';
import type { Sys } from '../sys.ts';
import { namesIn } from './folder-of-files.ts';

/** Whether a path has one of the characters `*`, `?` and `[`. */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * The paths below `folder`, relative to it and sorted, that a path with globs in its components matches: of what is there. A path without any is
 * itself, whether it is there or not.
 */
export function expandGlob(sys: Sys, folder: string, path: string): readonly string[] {
  let found = [''];
  for (const component of path.split('/')) {
    const glob = isGlob(component) ? compileGlob(component) : undefined;
    found = found.flatMap((parent) => {
      const names =
        glob === undefined
          ? [component]
          : (namesIn(sys, `${folder}/${parent}`, { folders: true }) ?? []).filter((name) => matchGlob(glob, name));
      return names.map((name) => (parent === '' ? name : `${parent}/${name}`));
    });
  }
  return isGlob(path) ? found.filter((one) => isPresent(sys, `${folder}/${one}`)) : found;
}
