// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { decompressStream } from '../archive/decompress.ts';
import { decompressLz4 } from '../archive/lz4.ts';
import { X86Filter } from '../archive/x86-filter.ts';
import { x86Block } from '../archive/xz-container.ts';
import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { type Content, contentSize, partOf } from '../file-tree.ts';
import { makeFolder } from '../oci/atomic-file.ts';
import { BlobFile } from '../oci/blob-file.ts';
import { hexOf } from '../oci/digest.ts';
import { inContext } from '../oci/error-context.ts';
import { interruptionOf, throwIfInterrupted } from '../oci/interruption.ts';

/** Formats that kernels, their modules and tars come in; `lz4` is the legacy frame. */
export type Compression = 'gzip' | 'zstd' | 'xz' | 'lz4';

const chunkSize = 256 * 1024;

/** What the first bytes say; undefined for what is not compressed. */
export function compressionOf(content: Content, reader: ContentReader): Compression | undefined {
  const magic = reader.part(content, 0, Math.min(6, contentSize(content))).toString('hex');
  if (magic.startsWith('1f8b')) return 'gzip';
  if (magic.startsWith('28b52ffd')) return 'zstd';
  if (magic.startsWith('02214c18')) return 'lz4';
  return magic === 'fd377a585a00' ? 'xz' : undefined;
}

/** A file inside an image that is compressed itself; `name` is for messages. */
export interface Compressed {
  readonly name: string;
  readonly content: Content;
  readonly compression: Compression;
}

/**
 * Decompresses contents one after the other into one file of the cache, `<cache>/diff/sha256/<hex>` as uncompressed
 * layers lie there, and returns where each is in it, in order. A content that unpacks to more than `limit` bytes is an
 * error, as is a damaged one.
 */
export async function expandAll(
  contents: readonly Compressed[],
  limit: number,
  ctx: BuildContext,
): Promise<readonly Content[]> {
  const folder = join(ctx.cache, 'tmp');
  makeFolder(folder);
  const spool = await BlobFile.create(join(folder, `${process.pid}-${randomUUID()}.partial`));
  try {
    const ranges: { readonly offset: number; readonly size: number }[] = [];
    for (const compressed of contents) {
      const offset = spool.size;
      await expandInto(spool, compressed, offset + limit, ctx.signal);
      ranges.push({ offset, size: spool.size - offset });
    }
    const file = join(ctx.cache, 'diff', 'sha256', hexOf(spool.digest()));
    await spool.publish(file);
    return ranges.map((range) => ({ kind: 'range', file, ...range }));
  } catch (error) {
    await spool.discard();
    // A pipeline that is aborted has an error of its own.
    throw ctx.signal.aborted ? interruptionOf(ctx.signal) : error;
  }
}

async function expandInto(spool: BlobFile, compressed: Compressed, end: number, signal: AbortSignal): Promise<void> {
  const { name, content, compression } = compressed;
  const subject = `decompressing "${name}" (${compression}, ${contentSize(content)} bytes)`;
  const write = async (chunk: Uint8Array): Promise<void> => {
    throwIfInterrupted(signal);
    if (spool.size + chunk.length > end) {
      throw new TskitError('size', 'it holds more than is sane', { hint: 'the image is damaged or hostile' });
    }
    await spool.write(chunk);
  };
  try {
    if (compression === 'xz') await expandXz(content, write);
    else if (compression === 'lz4') await decompressLz4(streamOf(content), write);
    else await decompressStream(streamOf(content), compression, write, signal);
  } catch (error) {
    throw inContext(subject, error);
  }
}

/** The decoder knows no filters, and x86 kernels have one: it is taken out of the stream and undone here. */
async function expandXz(content: Content, write: (chunk: Uint8Array) => Promise<void>): Promise<void> {
  using reader = new ContentReader();
  const block = x86Block(contentSize(content), (offset, length) => reader.part(content, offset, length));
  if (block === undefined) return await decompressXz(streamOf(content), write);
  const filter = new X86Filter();
  let crc = 0;
  const writeFinal = async (bytes: Buffer): Promise<void> => {
    crc = crc32(bytes, crc);
    await write(bytes);
  };
  const parts = [
    Readable.from([block.head]),
    streamOf(partOf(content, block.start, block.length)),
    Readable.from([block.tail]),
  ];
  await decompressXz(Readable.from(concatenated(parts)), (chunk) => writeFinal(filter.undo(chunk)));
  await writeFinal(filter.rest());
  if (block.crc32 !== undefined && block.crc32 !== crc) {
    throw new TskitError('archive', 'xz: the stream is damaged: its checksum is another one');
  }
}

async function* concatenated(parts: readonly Readable[]): AsyncGenerator<Buffer> {
  for (const part of parts) for await (const chunk of part) yield chunk as Buffer;
}

/** The decoder is WebAssembly and rarely needed: it is loaded only then. */
async function decompressXz(source: Readable, write: (chunk: Uint8Array) => Promise<void>): Promise<void> {
  const { default: xz } = await import('xz-decompress');
  const chunks = new xz.XzReadableStream(Readable.toWeb(source) as ReadableStream<Uint8Array>);
  const reader = chunks.getReader();
  const next = () =>
    reader.read().catch((error: unknown) => {
      throw new TskitError('archive', 'xz: the stream is damaged or ends early', { cause: error });
    });
  try {
    for (let chunk = await next(); chunk.value !== undefined; chunk = await next()) await write(chunk.value);
  } finally {
    source.destroy();
  }
}

function streamOf(content: Content): Readable {
  if (content.kind === 'inline') return Readable.from([content.data]);
  return createReadStream(content.file, {
    start: content.offset,
    // `end` is inclusive; an empty content is never compressed, so it does not come here.
    end: content.offset + content.size - 1,
    highWaterMark: chunkSize,
  });
}
