// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolders } from './folders.ts';
import { errnoOf, storeError } from './store-error.ts';

/**
 * Writes a whole small file so that a reader sees the old content or the new one, never a part, after a power cut too:
 * temporary name in the same folder, fsync, rename, fsync of the folder. `beforeRename` may throw to call it off.
 */
export function writeFileAtomically(path: string, content: string, beforeRename?: () => void): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const fd = openSync(temporary, 'w', 0o644);
    try {
      writeAll(fd, Buffer.from(content));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    beforeRename?.();
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw storeError('writing', path, error);
  }
}

/** Makes renames within a folder survive a power cut. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    // Some network file systems refuse fsync on a folder; the rename is still atomic there.
    if (errnoOf(error) !== 'EINVAL') {
      throw error;
    }
  } finally {
    closeSync(fd);
  }
}

/** `mkdir -p` whose error says what is in the way. */
export function makeFolder(path: string): void {
  try {
    makeFolders(path);
  } catch (error) {
    throw storeError('creating the folder', path, error);
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done);
  }
}
