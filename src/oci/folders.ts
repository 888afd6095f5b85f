// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from './store-error.ts';

/**
 * `mkdir -p`. Node's own, with `recursive`, never ends where a folder is there and making one in it is answered with ENOENT, as
 * /proc does.
 */
export function makeFolders(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const parent = dirname(path);
    if (errnoOf(error) === 'ENOENT' && !existsSync(parent)) {
      makeFolders(parent);
      makeFolders(path);
      return;
    }
    // File systems that are read-only say so of folders that are there, too.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}
