// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { randomUUID } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SparseMap } from '../archive/sparse.ts';
import type { Content } from '../file-tree.ts';
import { makeFolders } from '../oci/folders.ts';
import { storeError } from '../oci/store-error.ts';

const copyChunk = 1 << 20;

/**
 * Gives a file with holes, of which an archive has only the parts, back its shape, so that its content is one range of one
 * file as any other: a sparse file beside the spooled layers that takes no more room than the parts.
 */
export async function expandSparse(archive: string, map: SparseMap, cache: string): Promise<Content> {
  const first = map.parts[0]?.offset ?? map.end;
  const file = join(cache, 'diff', 'sparse', `${basename(archive)}-${first}`);
  if (statSync(file, { throwIfNoEntry: false })?.size !== map.size) {
    try {
      await write(archive, map, file);
    } catch (error) {
      throw storeError('writing', file, error);
    }
  }
  return { kind: 'range', file, offset: 0, size: map.size };
}

async function write(archive: string, map: SparseMap, file: string): Promise<void> {
  makeFolders(dirname(file));
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await using source = await open(archive);
    await using target = await open(temporary, 'wx');
    await target.truncate(map.size);
    for (const part of map.parts) {
      await copy(source, part.offset, target, part.at, part.size);
    }
    await target.sync();
    await rename(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

async function copy(source: FileHandle, from: number, target: FileHandle, to: number, size: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(size, copyChunk));
  for (let done = 0; done < size; ) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, size - done), from + done);
    if (bytesRead === 0) {
      throw new Error(`the archive ends at byte ${from + done}`);
    }
    await target.write(buffer, 0, bytesRead, to + done);
    done += bytesRead;
  }
}
