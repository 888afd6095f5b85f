// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContentReader } from '../../content.ts';
import { type Content, contentSize, type Inode } from '../../file-tree.ts';
import { blockSize, digestSize, writeDigest } from '../block-digests.ts';
import type { BlockOutput } from './block-output.ts';
import { inodeSize } from './inode.ts';
import type { Node, Run } from './node-tree.ts';
import { xattrEntries } from './xattrs.ts';

/** What an inode holds as bytes: a file's content, a symbolic link's target. */
export function contentOf(inode: Inode): Content | undefined {
  if (inode.type === 'file') return inode.content;
  return inode.type === 'symlink' ? { kind: 'inline', data: Buffer.from(inode.target, 'latin1') } : undefined;
}

/** Writes the blocks of contents. What does not fill the last one stays for the place behind the inode when it fits there. */
export class FileData {
  readonly #out: BlockOutput;
  readonly #reader: ContentReader;
  readonly #digests = Buffer.allocUnsafeSlow(digestSize * 256);

  constructor(out: BlockOutput, reader: ContentReader) {
    this.#out = out;
    this.#reader = reader;
  }

  /** Throws `store` when the content cannot be read. */
  *write(node: Node): Generator<Buffer> {
    const content = contentOf(node.inode);
    if (content === undefined) return;
    const size = contentSize(content);
    const tail = size % blockSize;
    const stored = tail > 0 && tail <= roomForTail(node.inode) ? size - tail : size;
    const runs: Run[] = [];
    for (let done = 0; done < stored; ) {
      const room = yield* this.#out.room(blockSize);
      const length = Math.min(room.length, stored - done);
      const blocks = Math.ceil(length / blockSize);
      const window = room.subarray(0, blocks * blockSize);
      this.#reader.read(content, done, window, 0, length);
      window.fill(0, length);
      const start = this.#out.position / blockSize;
      for (let block = 0; block < blocks; block += 1) {
        writeDigest(window.subarray(block * blockSize, (block + 1) * blockSize), this.#digests, block * digestSize);
      }
      this.#out.take(window.length, this.#digests.subarray(0, blocks * digestSize));
      addRun(runs, { start, blocks });
      done += length;
    }
    node.runs = runs;
  }
}

/** Joins a run with the one before it when it goes on there. */
function addRun(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  if (last?.start !== undefined && last.start + last.blocks === run.start) {
    runs[runs.length - 1] = { start: last.start, blocks: last.blocks + run.blocks };
  } else {
    runs.push(run);
  }
}

/** Bytes that a block has beside an inode with its extended attributes, even if none of those are shared. */
function roomForTail(inode: Inode): number {
  const xattrs = xattrEntries(inode);
  if (xattrs.length === 0) return blockSize - inodeSize;
  return blockSize - inodeSize - xattrs.reduce((sum, { length }) => sum + length, 12);
}
