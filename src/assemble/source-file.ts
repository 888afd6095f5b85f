// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import type { Content } from '../file-tree.ts';
import { makeFolder } from '../oci/atomic-file.ts';
import { BlobFile } from '../oci/blob-file.ts';
import { hexOf } from '../oci/digest.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import { hashOf } from './key.ts';

/**
 * Larger ones are copied into the cache, so that they are neither held in memory nor changed by somebody during the
 * build.
 */
const maxInMemory = 8 * 1024 * 1024;

/** A content and what tells it from others. */
export interface HashedContent {
  readonly content: Content;
  /** SHA-256 in hex. */
  readonly hash: string;
}

/** The content of a file of the user's. Throws Node's error when it cannot be read. */
export async function readSource(path: string, ctx: BuildContext): Promise<HashedContent> {
  await using handle = await open(path);
  const stat = await handle.stat();
  if (!stat.isFile()) {
    throw new TskitError(
      'spec',
      `expected a regular file, found ${stat.isDirectory() ? 'a directory' : 'something else'}`,
      {
        hint: 'list the files one by one; `directory: true` makes an empty directory',
      },
    );
  }
  if (stat.size > maxInMemory) return copyToCache(path, ctx);
  const data = await readFile(handle);
  return { content: { kind: 'inline', data }, hash: hashOf(data) };
}

async function copyToCache(path: string, ctx: BuildContext): Promise<HashedContent> {
  const folder = join(ctx.cache, 'tmp');
  makeFolder(folder);
  const copy = await BlobFile.create(join(folder, `${process.pid}-${randomUUID()}.partial`));
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      throwIfInterrupted(ctx.signal);
      await copy.write(chunk as Buffer);
    }
    const hash = hexOf(copy.digest());
    const file = join(ctx.cache, 'diff', 'sha256', hash);
    await copy.publish(file);
    return { content: { kind: 'range', file, offset: 0, size: copy.size }, hash };
  } catch (error) {
    await copy.discard();
    throw error;
  }
}
