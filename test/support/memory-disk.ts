// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BlockDevice } from '../../init/disk/block-device.ts';

/** Thrown by a disk whose power was cut. */
export class PowerLoss extends Error {}

/**
 * A disk in memory that loses power: what was not flushed before that may be on the medium or not, sector by sector and in any order,
 * as a disk with a write cache has it.
 */
export class MemoryDisk implements BlockDevice {
  readonly path: string = '/dev/memory';
  readonly sectorSize: number;
  /** What is on the medium. */
  readonly medium: Buffer;
  /** How many writes and flushes there were. */
  operations: number = 0;
  /** Operations until the power fails. */
  powerFailsAt: number = Infinity;
  readonly #cache: Map<number, Buffer> = new Map();

  constructor(medium: Buffer, sectorSize: number = 512) {
    this.medium = medium;
    this.sectorSize = sectorSize;
  }

  get size(): number {
    return this.medium.length;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = Uint8Array.from(this.medium.subarray(offset, offset + length));
    for (const [sector, cached] of this.#cache) {
      const at = sector * this.sectorSize - offset;
      if (at >= 0 && at < bytes.length) bytes.set(cached.subarray(0, bytes.length - at), at);
    }
    return bytes;
  }

  isZero(offset: number, length: number): boolean {
    return Buffer.compare(this.read(offset, length), Buffer.alloc(length)) === 0;
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#tick();
    if (offset % this.sectorSize !== 0 || bytes.length % this.sectorSize !== 0 || offset + bytes.length > this.size) {
      throw new RangeError(`a write of ${bytes.length} bytes at ${offset}`);
    }
    for (let at = 0; at < bytes.length; at += this.sectorSize) {
      const sector = (offset + at) / this.sectorSize;
      this.#cache.set(sector, Buffer.from(bytes.subarray(at, at + this.sectorSize)));
    }
  }

  zero(offset: number, length: number): void {
    this.write(offset, new Uint8Array(length));
  }

  flush(): void {
    this.#tick();
    for (const [sector, bytes] of this.#cache) bytes.copy(this.medium, sector * this.sectorSize);
    this.#cache.clear();
  }

  /** The medium once the power is back: `reaches` says whether a sector that was not flushed is there. */
  afterPowerLoss(reaches: () => boolean): Buffer {
    const medium = Buffer.from(this.medium);
    for (const [sector, bytes] of this.#cache) if (reaches()) bytes.copy(medium, sector * this.sectorSize);
    return medium;
  }

  #tick(): void {
    if (this.operations >= this.powerFailsAt) throw new PowerLoss('the power failed');
    this.operations += 1;
  }
}
