// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { ContentReader } from '../content.ts';
import { type Content, contentSize } from '../file-tree.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';

/** A run of bytes of a disk. */
export interface DiskPart {
  readonly at: number;
  readonly content: Content;
}

/**
 * A disk as a value: `size` bytes, a multiple of 512, zero but for the parts, which come in order and do not overlap. A raw
 * disk in a file is one part; a disk whose partitions are in files of their own need not be put together to be converted.
 */
export interface DiskImage {
  readonly size: number;
  readonly parts: readonly DiskPart[];
}

/** Bytes of a file in their order, or a run of zeros that need not be stored. */
export type SparseChunk = Uint8Array | { readonly zeros: number };

/** What is known of a disk by the blocks of {@link DiskMap}: the smallest unit that any format leaves out. */
export const mapUnit: number = 64 * 1024;
/** Reading stops to let the rest of the program run. */
const breathBytes = 64 << 20;
const zeroUnit = Buffer.alloc(mapUnit);

/** Where a disk has anything but zeros, and what its content comes to. */
export interface DiskMap {
  readonly image: DiskImage;
  /** One byte a block of {@link mapUnit} bytes, the last of which may be shorter: 0 when all of it is zero. */
  readonly used: Uint8Array;
  /** SHA-256 over the size and all used blocks: identifiers are made of it, so that equal disks have equal ones. */
  readonly digest: Buffer;
}

/**
 * Reads a disk once. Blocks count as unused for what they hold and not for how a file system stores them, so that the result
 * is the same wherever the bytes come from.
 * @throws TskitError `store` when a content cannot be read, `interrupted`.
 */
export async function mapDisk(image: DiskImage, signal: AbortSignal): Promise<DiskMap> {
  using reader = new DiskReader(image);
  const used = new Uint8Array(Math.ceil(image.size / mapUnit));
  const hash = createHash('sha256').update(`${image.size}\n`);
  const buffer = Buffer.alloc(mapUnit);
  let read = 0;
  for (let index = 0; index < used.length; index += 1) {
    const at = index * mapUnit;
    const length = Math.min(mapUnit, image.size - at);
    if (!reader.mayHold(at, length)) continue;
    const block = buffer.subarray(0, length);
    reader.read(at, block);
    if (!isZero(block)) {
      used[index] = 1;
      hash.update(`${index}\n`).update(block);
    }
    read += length;
    if (read % breathBytes < mapUnit) {
      throwIfInterrupted(signal);
      await breathe();
    }
  }
  return { image, used, digest: hash.digest() };
}

/** Whether anything in a range of the disk is used; the range starts at a multiple of {@link mapUnit}. */
export function isUsed(map: DiskMap, at: number, length: number): boolean {
  const first = at / mapUnit;
  return map.used.subarray(first, Math.ceil((at + length) / mapUnit)).some((used) => used !== 0);
}

/** Used and unused runs of the disk in their order; each starts at a multiple of {@link mapUnit}. */
export function* runsOf(
  map: DiskMap,
): Generator<{ readonly at: number; readonly length: number; readonly used: boolean }> {
  const { used, image } = map;
  for (let index = 0; index < used.length; ) {
    const start = index;
    const value = used[start];
    while (index < used.length && used[index] === value) index += 1;
    const at = start * mapUnit;
    yield { at, length: Math.min(index * mapUnit, image.size) - at, used: value !== 0 };
  }
}

/** The whole disk, `chunkSize` bytes at a time and unused blocks as zeros. A chunk is valid until the next is asked for. */
export function* diskChunks(map: DiskMap, chunkSize: number = 1 << 20): Generator<SparseChunk> {
  using reader = new DiskReader(map.image);
  const buffer = Buffer.alloc(chunkSize);
  for (const { at, length, used } of runsOf(map)) {
    if (!used) {
      yield { zeros: length };
      continue;
    }
    for (let done = 0; done < length; done += chunkSize) {
      const chunk = buffer.subarray(0, Math.min(chunkSize, length - done));
      reader.read(at + done, chunk);
      yield chunk;
    }
  }
}

/** An identifier of 16 bytes for one `purpose`, made of the content. */
export function contentId(map: DiskMap, purpose: string): Buffer {
  return createHash('sha256').update(`${purpose}\n`).update(map.digest).digest().subarray(0, 16);
}

/** Reads a disk anywhere. */
export class DiskReader implements Disposable {
  readonly #image: DiskImage;
  readonly #reader = new ContentReader();
  /** The part that the last read ended in: reads mostly go on from there. */
  #near = 0;

  constructor(image: DiskImage) {
    this.#image = image;
  }

  /** Whether a part reaches into the range. */
  mayHold(at: number, length: number): boolean {
    const part = this.#image.parts[this.#firstPast(at)];
    return part !== undefined && part.at < at + length;
  }

  /**
   * Fills `buffer` with the bytes at `at`; behind the end of the disk there are zeros.
   * @throws TskitError `store` when a content cannot be read.
   */
  read(at: number, buffer: Buffer): void {
    const end = at + buffer.length;
    let done = at;
    for (let index = this.#firstPast(at); done < end; index += 1) {
      const part = this.#image.parts[index];
      const start = Math.min(part?.at ?? end, end);
      if (start > done) {
        buffer.fill(0, done - at, start - at);
        done = start;
      }
      if (part === undefined || done === end) break;
      const stop = Math.min(part.at + contentSize(part.content), end);
      this.#reader.read(part.content, done - part.at, buffer, done - at, stop - done);
      done = stop;
    }
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }

  /** The first part that ends behind `at`. */
  #firstPast(at: number): number {
    const { parts } = this.#image;
    const endOf = (index: number): number => {
      const part = parts[index];
      return part === undefined ? Infinity : part.at + contentSize(part.content);
    };
    if (this.#near > 0 && endOf(this.#near - 1) > at) this.#near = 0;
    while (endOf(this.#near) <= at) this.#near += 1;
    return this.#near;
  }
}

function isZero(block: Buffer): boolean {
  return block.equals(block.length === mapUnit ? zeroUnit : zeroUnit.subarray(0, block.length));
}
