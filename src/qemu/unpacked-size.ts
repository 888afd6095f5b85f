// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable, Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { extract } from 'cpio-stream';
import type { UnpackedSize } from '../../init/contract/boot-plan.ts';
import { unpackedPath } from '../../init/contract/paths.ts';

/** An uncompressed archive at the start is CPU microcode; more than this is not. */
const microcodeLimit = 32 << 20;
const trailer = 'TRAILER!!!\0';

/**
 * What the initrd says of its own unpacked size: the entry etc/tskit/unpacked.json of its first compressed segment. Undefined
 * for an initrd that another tool wrote.
 */
export async function readUnpackedSize(initrd: string): Promise<UnpackedSize | undefined> {
  const handle = await open(initrd);
  let segment: { start: number; decompress: Transform } | undefined;
  try {
    segment = await firstSegment(handle);
  } finally {
    await handle.close();
  }
  if (segment === undefined) return undefined;
  const json = await readEntry(
    createReadStream(initrd, { start: segment.start }),
    segment.decompress,
    unpackedPath.slice(1),
  );
  return json === undefined ? undefined : sizeOf(json);
}

function sizeOf(json: string): UnpackedSize | undefined {
  try {
    const size = JSON.parse(json) as Partial<UnpackedSize> | null;
    const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
    return isWhole(size?.bytes) && isWhole(size.memoryMiB)
      ? { bytes: size.bytes, memoryMiB: size.memoryMiB }
      : undefined;
  } catch {
    return undefined;
  }
}

async function firstSegment(handle: FileHandle): Promise<{ start: number; decompress: Transform } | undefined> {
  const start = await afterMicrocode(handle);
  const { buffer } = await handle.read({ buffer: Buffer.alloc(4), position: start });
  if (buffer.readUInt32LE() === 0xfd2fb528) return { start, decompress: createZstdDecompress() };
  if (buffer.readUInt16BE() === 0x1f8b) return { start, decompress: createGunzip() };
  return undefined;
}

/** Where the first archive that is not plain newc begins: after the trailer of a leading one and the zeros behind it. */
async function afterMicrocode(handle: FileHandle): Promise<number> {
  const { buffer: magic } = await handle.read({ buffer: Buffer.alloc(6), position: 0 });
  if (magic.toString('latin1') !== '070701') return 0;
  const { size } = await handle.stat();
  const { buffer } = await handle.read({ buffer: Buffer.alloc(Math.min(size, microcodeLimit)), position: 0 });
  const end = buffer.indexOf(trailer, 0, 'latin1');
  if (end === -1) return 0;
  let start = end + trailer.length;
  while (start < buffer.length && buffer[start] === 0) start++;
  return start;
}

function readEntry(source: Readable, decompress: Transform, name: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const archive = extract();
    const stop = (): void => {
      source.destroy();
      decompress.destroy();
    };
    archive.on('entry', (header, stream, next) => {
      if (header.name !== name) {
        stream.on('end', next);
        stream.resume();
        return;
      }
      text(stream).then(resolve, reject).finally(stop);
    });
    archive.on('finish', () => resolve(undefined));
    // Behind the first segment come others, which end this decoder with an error or its end: either way nothing was found.
    for (const part of [source, decompress, archive]) part.on('error', () => resolve(undefined));
    source.pipe(decompress).pipe(archive);
  });
}
