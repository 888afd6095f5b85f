// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { randomUUID } from 'node:crypto';
import { closeSync, constants, createReadStream, fstatSync, openSync, readFileSync } from 'node:fs';
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

/** Of all files of a spec together. */
const maxInMemoryOfAll = 64 * 1024 * 1024;

/** Reads files of the user's and knows how much of them is in memory. */
export class SourceReader {
  readonly #ctx: BuildContext;
  #left = maxInMemoryOfAll;

  constructor(ctx: BuildContext) {
    this.#ctx = ctx;
  }

  /**
   * The content of a file. A link is followed only where `links` says so. Throws Node's error when it cannot be read. Small files
   * are read at once: they may be thousands, and a trip through the thread pool for each costs more than reading.
   */
  async read(path: string | Buffer, links: 'follow' | 'refuse'): Promise<HashedContent> {
    throwIfInterrupted(this.#ctx.signal);
    // Opening a pipe would wait for somebody to write to it.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | (links === 'refuse' ? constants.O_NOFOLLOW : 0);
    const fd = openSync(path, flags);
    try {
      const stat = fstatSync(fd);
      if (!stat.isFile()) {
        throw new TskitError('spec', 'expected a file or a folder, found something else', {
          hint: 'the content of a device or a pipe is no part of an image',
        });
      }
      if (stat.size > Math.min(maxInMemory, this.#left)) return await copyToCache(fd, this.#ctx);
      const data = readFileSync(fd);
      this.#left -= data.length;
      return { content: { kind: 'inline', data }, hash: hashOf(data) };
    } finally {
      closeSync(fd);
    }
  }
}

async function copyToCache(fd: number, ctx: BuildContext): Promise<HashedContent> {
  const folder = join(ctx.cache, 'tmp');
  makeFolder(folder);
  const copy = await BlobFile.create(join(folder, `${process.pid}-${randomUUID()}.partial`));
  try {
    for await (const chunk of createReadStream('', { fd, highWaterMark: 1024 * 1024, autoClose: false })) {
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
