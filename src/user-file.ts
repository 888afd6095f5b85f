// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { dirname } from 'node:path';
import { TskitError } from './errors.ts';
import { makeFolder, writeFileAtomically } from './oci/atomic-file.ts';

/** Writes a small file where a user asked for it, with the folders that lead there, whole or not at all. Throws `io`. */
export function writeUserFile(path: string, content: string): void {
  try {
    makeFolder(dirname(path));
    writeFileAtomically(path, content);
  } catch (error) {
    if (!(error instanceof TskitError)) throw error;
    // The store's own hint speaks of the cache, where this file is not.
    throw new TskitError('io', error.message, { hint: 'choose another place, or make its folder yours', cause: error });
  }
}
