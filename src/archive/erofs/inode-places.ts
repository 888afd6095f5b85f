// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { blockSize } from '../block-digests.ts';
import { inodeSlot } from './inode.ts';

/** Blocks with free ends that are kept in mind; more would scatter the inodes of a directory. */
const maxGaps = 64;

interface Gap {
  position: number;
  size: number;
}

/**
 * Gives inodes their places in the metadata area, in order but for small ones that fill up the ends of blocks which a larger one
 * did not fit into.
 */
export class InodePlaces {
  /** Ascending by size. */
  readonly #gaps: Gap[] = [];
  #end = 0;

  /** Bytes of the area so far. */
  get size(): number {
    return this.#end;
  }

  /**
   * A place for so many bytes. With `inOneBlock` they do not cross the end of a block, of which they are no more than.
   * @returns the position in the area, a multiple of a slot.
   */
  place(size: number, inOneBlock: boolean): number {
    const rounded = Math.ceil(size / inodeSlot) * inodeSlot;
    const gap = this.#gaps.findIndex((candidate) => candidate.size >= rounded);
    if (gap !== -1) return this.#fill(gap, rounded);
    const rest = -this.#end & (blockSize - 1);
    if (inOneBlock && rounded > rest) {
      if (rest > 0) this.#remember({ position: this.#end, size: rest });
      this.#end += rest;
    }
    const position = this.#end;
    this.#end += rounded;
    return position;
  }

  #fill(index: number, size: number): number {
    const [gap] = this.#gaps.splice(index, 1);
    if (gap === undefined) throw new Error('a gap that is not there');
    const { position } = gap;
    if (gap.size > size) this.#remember({ position: position + size, size: gap.size - size });
    return position;
  }

  /** Of too many gaps the smallest is given up. */
  #remember(gap: Gap): void {
    const at = this.#gaps.findIndex(({ size }) => size >= gap.size);
    this.#gaps.splice(at === -1 ? this.#gaps.length : at, 0, gap);
    if (this.#gaps.length > maxGaps) this.#gaps.shift();
  }
}
