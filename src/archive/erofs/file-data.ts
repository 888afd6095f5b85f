// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContentReader } from '../../content.ts';
import { type Content, contentSize, type Inode } from '../../file-tree.ts';
import { blockSize, digestSize, writeDigest } from '../block-digests.ts';
import { BlockIndex } from './block-index.ts';
import type { BlockOutput } from './block-output.ts';
import { inodeSize } from './inode.ts';
import type { Node, Run } from './node-tree.ts';
import { largestXattrSize } from './xattrs.ts';

/**
 * Blocks that are shared together, and which chunks of a large file are a multiple of. Of 2 GB of Debian's programs and libraries
 * 60 MB are found so, and not 1 MB more or less with 4 or 64 blocks; fewer are more to look up for the kernel.
 */
const groupBlocks = 16;
const groupSize: number = groupBlocks * blockSize;
/** What is read at once. */
const windowSize: number = 8 * groupSize;

/** What an inode holds as bytes: a file's content, a symbolic link's target. */
export function contentOf(inode: Inode): Content | undefined {
  if (inode.type === 'file') return inode.content;
  return inode.type === 'symlink' ? { kind: 'inline', data: Buffer.from(inode.target, 'latin1') } : undefined;
}

/** A content that the image has. */
interface Stored {
  /** Bytes in blocks. */
  readonly size: number;
  readonly runs: readonly Run[];
}

/**
 * Writes the blocks of contents: each content once, and of others a group that the image has already is not written again. What
 * does not fill the last block of a small file stays for the place behind its inode, when it fits there. There are no holes, since
 * fsck.erofs up to 1.5 leaves them out of what it extracts: groups of zeros share one.
 */
export class FileData {
  readonly #out: BlockOutput;
  readonly #reader: ContentReader;
  readonly #index: BlockIndex;
  /** By file of the host and place in it. Images with a layer in common have the same ranges of it. */
  readonly #known = new Map<string, Map<number, Stored>>();
  readonly #digests = Buffer.allocUnsafeSlow(digestSize * groupBlocks);

  constructor(out: BlockOutput, reader: ContentReader) {
    this.#out = out;
    this.#reader = reader;
    this.#index = new BlockIndex(out.digests);
  }

  /** Throws `store` when the content cannot be read. */
  *write(node: Node): Generator<Buffer> {
    const content = contentOf(node.inode);
    if (content === undefined) return;
    const size = sizeInBlocks(contentSize(content), node.inode);
    if (size === 0) return;
    const known = this.#knownAt(content);
    if (known?.size === size) {
      node.runs = known.runs;
      return;
    }
    node.runs = yield* this.#writeGroups(content, size);
    if (content.kind === 'range') this.#remember(content, { size, runs: node.runs });
  }

  *#writeGroups(content: Content, size: number): Generator<Buffer, readonly Run[]> {
    const runs: Run[] = [];
    for (let done = 0; done < size; ) {
      const room = yield* this.#out.room(groupSize);
      const most = Math.min(windowSize, room.length - (room.length % groupSize));
      const length = Math.min(most, size - done);
      const window = room.subarray(0, Math.ceil(length / blockSize) * blockSize);
      this.#reader.read(content, done, window, 0, length);
      window.fill(0, length);
      this.#takeNew(window, runs);
      done += length;
    }
    return runs;
  }

  /** Keeps of a window at the end of the output what the image has not. */
  #takeNew(window: Buffer, runs: Run[]): void {
    for (let at = 0, kept = 0; at < window.length; at += groupSize) {
      const group = window.subarray(at, at + groupSize);
      const blocks = group.length / blockSize;
      const digests = this.#digestsOf(group);
      const found = this.#index.find(digests);
      if (found !== undefined) {
        addRun(runs, found, blocks);
        continue;
      }
      if (kept !== at) window.copyWithin(kept, at, at + group.length);
      const start = this.#out.position / blockSize;
      this.#out.take(group.length, digests);
      this.#index.add(start, digests);
      addRun(runs, start, blocks);
      kept += group.length;
    }
  }

  #digestsOf(group: Buffer): Buffer {
    const digests = this.#digests.subarray(0, (group.length / blockSize) * digestSize);
    for (let at = 0; at < group.length; at += blockSize) {
      writeDigest(group.subarray(at, at + blockSize), digests, (at / blockSize) * digestSize);
    }
    return digests;
  }

  #knownAt(content: Content): Stored | undefined {
    return content.kind === 'range' ? this.#known.get(content.file)?.get(content.offset) : undefined;
  }

  #remember({ file, offset }: Content & { readonly kind: 'range' }, stored: Stored): void {
    let places = this.#known.get(file);
    if (places === undefined) {
      places = new Map();
      this.#known.set(file, places);
    }
    places.set(offset, stored);
  }
}

/** Adds blocks, to the run before them when they go on where that ends. */
function addRun(runs: Run[], start: number, blocks: number): void {
  const last = runs.at(-1);
  if (last !== undefined && last.start + last.blocks === start) {
    runs[runs.length - 1] = { start: last.start, blocks: last.blocks + blocks };
  } else {
    runs.push({ start, blocks });
  }
}

/** How much of a content is stored in blocks: all of a large one, so that its last group is shared like any other. */
function sizeInBlocks(size: number, inode: Inode): number {
  const tail = size % blockSize;
  return size < groupSize && inodeSize + largestXattrSize(inode) + tail <= blockSize ? size - tail : size;
}
