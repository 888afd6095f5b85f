// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { ContentReader } from '../../content.ts';
import { TskitError } from '../../errors.ts';
import type { Bytes, FileTree } from '../../file-tree.ts';
import { type BlockDigests, blockSize } from '../block-digests.ts';
import { verityRootHash } from '../verity.ts';
import { BlockOutput } from './block-output.ts';
import { checkEntry } from './check-entry.ts';
import { directoryBlocks, encodeDirectoryBlock } from './directory.ts';
import { FileData } from './file-data.ts';
import { inodeSlot, layouts } from './inode.ts';
import { InodePlaces } from './inode-places.ts';
import { encodeNode, isChunked, shapeOf } from './node.ts';
import { type Node, NodeTree } from './node-tree.ts';
import { writeSuperblock } from './superblock.ts';
import { isStorable, SharedXattrs } from './xattrs.ts';

// EROFS (Linux Documentation/filesystems/erofs.rst): superblock, then the blocks of files, those of directories, extended
// attributes that are shared, and inodes with all that is small: ends of files, most directories, symbolic links. Nothing is
// compressed. It is written here and not by mkfs.erofs, which needs a folder on disk and thereby root for owners, devices and
// attributes.

/** The root's: never 0, which readers of directories take for a deleted entry. */
const rootPosition = 2 * inodeSlot;
/** Block numbers have 32 bits, and all of them set is none. */
const maxBlocks = 2 ** 32 - 1;

export interface ErofsOptions {
  /** Upper bound of every time stamp, in seconds. */
  readonly epoch: number;
}

/**
 * Writes one image of several trees. Its bytes come in chunks, in order, but for the first block, which is zero bytes until all
 * else is known: the caller puts {@link firstBlock} there at last. A chunk is valid until the one after the next is asked for.
 */
export class ErofsWriter implements Disposable {
  readonly #options: ErofsOptions;
  readonly #out = new BlockOutput();
  readonly #reader = new ContentReader();
  readonly #data = new FileData(this.#out, this.#reader);
  readonly #tree: NodeTree;
  readonly #xattrs = new SharedXattrs();
  readonly #nodes: Node[] = [];
  readonly #firstBlock = Buffer.alloc(blockSize);
  readonly #uuid = Buffer.alloc(16);
  readonly #lost: Record<string, number> = {};

  constructor(options: ErofsOptions) {
    this.#options = options;
    this.#tree = new NodeTree({ type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: options.epoch });
  }

  /** Of all blocks so far. */
  get digests(): BlockDigests {
    return this.#out.digests;
  }

  /** How many extended attributes were left out, by name: such as no file system of Linux holds. */
  get lostXattrs(): Readonly<Record<string, number>> {
    return this.#lost;
  }

  /** Of the file system, made of all that is in it and marked as made up (RFC 9562, version 8); once it is finished. */
  get uuid(): Buffer {
    return this.#uuid;
  }

  /** What belongs into the first block. */
  get firstBlock(): Buffer {
    return this.#firstBlock;
  }

  /**
   * Adds a tree under a prefix ('' is the root) and writes the contents of its files.
   * @throws TskitError `format` for what EROFS cannot hold, `store` when a content cannot be read.
   */
  *add(tree: FileTree, prefix: Bytes): Generator<Buffer> {
    yield* this.#out.fillTo(blockSize);
    for (const [path, inode] of tree) {
      checkEntry(path, inode);
      for (const name of inode.xattrs?.keys() ?? []) {
        if (!isStorable(name)) this.#lost[name] = (this.#lost[name] ?? 0) + 1;
      }
    }
    for (const node of this.#tree.add(tree, prefix)) {
      yield* this.#data.write(node);
    }
  }

  /**
   * Writes directories, attributes and inodes, and makes the first block.
   * @throws TskitError `format` when the image is too large, `store` when a content cannot be read.
   */
  *finish(): Generator<Buffer> {
    yield* this.#out.fillTo(blockSize);
    this.#order();
    for (const { inode } of this.#nodes) this.#xattrs.count(inode);
    const size = this.#layOut();
    for (const node of this.#nodes) {
      if (node.children !== undefined) yield* this.#writeDirectory(node);
    }
    const xattrBlock = this.#out.position / blockSize;
    yield* this.#out.append(this.#xattrs.area);
    yield* this.#out.fillBlock();
    const start = this.#out.position;
    yield* this.#writeInodes(start);
    yield* this.#out.fillTo(start + size);
    yield* this.#out.fillBlock();
    yield* this.#out.flush();
    this.#finishFirstBlock(xattrBlock, start / blockSize);
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }

  /** Numbers the inodes: those of a directory follow each other, since they are looked at together. */
  #order(): void {
    const add = (node: Node): void => {
      if (node.number === 0) node.number = this.#nodes.push(node);
    };
    const visit = ({ children }: Node): void => {
      const sorted = [...(children?.keys() ?? [])].sort().flatMap((name) => children?.get(name) ?? []);
      sorted.forEach(add);
      for (const child of sorted) {
        if (child.children !== undefined) visit(child);
      }
    };
    add(this.#tree.root);
    visit(this.#tree.root);
  }

  /** Gives each inode its position; returns the size of their area. */
  #layOut(): number {
    const places = new InodePlaces();
    places.place(rootPosition, false);
    for (const node of this.#nodes) {
      const { headSize, tailSize } = shapeOf(node, this.#xattrs.bodyOf(node.inode).length);
      node.position = places.place(headSize + tailSize, tailSize > 0);
    }
    return places.size;
  }

  /** The blocks of a directory but for one that lies behind its inode. */
  *#writeDirectory(node: Node): Generator<Buffer> {
    const blocks = directoryBlocks(node);
    const { layout } = shapeOf(node, this.#xattrs.bodyOf(node.inode).length);
    const count = layout === layouts.inline ? blocks.length - 1 : blocks.length;
    if (count === 0) return;
    node.runs = [{ start: this.#out.position / blockSize, blocks: count }];
    for (const names of blocks.slice(0, count)) {
      yield* this.#out.append(encodeDirectoryBlock(node, names, nidOf));
      yield* this.#out.fillBlock();
    }
  }

  *#writeInodes(start: number): Generator<Buffer> {
    const ctx = { xattrs: this.#xattrs, reader: this.#reader, epoch: this.#options.epoch, nidOf };
    for (const node of this.#nodes.toSorted((a, b) => a.position - b.position)) {
      yield* this.#out.fillTo(start + node.position);
      for (const bytes of encodeNode(node, ctx)) {
        yield* this.#out.append(bytes);
      }
    }
  }

  #finishFirstBlock(xattrBlock: number, inodeBlock: number): void {
    const blocks = this.digests.count;
    if (blocks > maxBlocks) {
      throw new TskitError('format', `writing an EROFS image: it has ${blocks} blocks, expected at most ${maxBlocks}`);
    }
    const fields = {
      inodes: this.#nodes.length,
      blocks,
      rootNid: nidOf(this.#tree.root),
      inodeBlock,
      xattrBlock,
      hasChunks: this.#nodes.some(({ runs }) => isChunked(runs)),
      uuid: this.#uuid,
      buildTime: this.#options.epoch,
    };
    writeSuperblock(this.#firstBlock, fields);
    this.digests.replace(0, this.#firstBlock);
    this.#uuid.write(verityRootHash(this.digests), 'hex');
    this.#uuid[6] = 0x80 | ((this.#uuid[6] ?? 0) & 0x0f);
    this.#uuid[8] = 0x80 | ((this.#uuid[8] ?? 0) & 0x3f);
    writeSuperblock(this.#firstBlock, fields);
    this.digests.replace(0, this.#firstBlock);
  }
}

function nidOf(node: Node): number {
  return node.position / inodeSlot;
}
