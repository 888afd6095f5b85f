// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { openSync, closeSync, ftruncateSync, writeSync } from 'node:fs';
import { type DiskImage, type DiskMap, mapDisk, type SparseChunk } from '../../src/archive/disk-image.ts';

/** Bytes that look random and are the same each time. */
export function noise(length: number, seed = 'noise'): Buffer {
  const pieces: Buffer[] = [];
  for (let index = 0; index * 32 < length; index += 1)
    pieces.push(createHash('sha256').update(`${seed} ${index}`).digest());
  return Buffer.concat(pieces).subarray(0, length);
}

/** A disk of these parts, without a file. */
export function diskOf(size: number, parts: Readonly<Record<number, Buffer>>): DiskImage {
  return {
    size,
    parts: Object.entries(parts).map(([at, data]) => ({ at: Number(at), content: { kind: 'inline', data } })),
  };
}

export function mapOf(image: DiskImage): Promise<DiskMap> {
  return mapDisk(image, new AbortController().signal);
}

/** The disk as a raw file, with holes. */
export function writeRaw(path: string, { size, parts }: DiskImage): void {
  const fd = openSync(path, 'w');
  ftruncateSync(fd, size);
  for (const { at, content } of parts) if (content.kind === 'inline') writeSync(fd, content.data, 0, undefined, at);
  closeSync(fd);
}

/** Chunks as a file, with holes. */
export async function writeChunks(
  path: string,
  chunks: Iterable<SparseChunk> | AsyncIterable<SparseChunk>,
): Promise<void> {
  const fd = openSync(path, 'w');
  let at = 0;
  for await (const chunk of chunks) {
    if ('zeros' in chunk) {
      at += chunk.zeros;
    } else {
      writeSync(fd, chunk, 0, undefined, at);
      at += chunk.length;
    }
  }
  ftruncateSync(fd, at);
  closeSync(fd);
}

/** All of it in memory. */
export async function bytesOfChunks(chunks: Iterable<SparseChunk> | AsyncIterable<SparseChunk>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const chunk of chunks) pieces.push('zeros' in chunk ? Buffer.alloc(chunk.zeros) : Buffer.from(chunk));
  return Buffer.concat(pieces);
}

/** What qemu-img, written by others, prints. Throws with what it says when it is not content. */
export function qemuImg(...args: readonly string[]): string {
  return execFileSync('qemu-img', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
