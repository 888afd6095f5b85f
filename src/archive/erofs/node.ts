// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContentReader } from '../../content.ts';
import { contentSize } from '../../file-tree.ts';
import { blockSize } from '../block-digests.ts';
import { type DirectoryBlocks, directoryBlocks, directorySize, encodeDirectoryBlock } from './directory.ts';
import { contentOf } from './file-data.ts';
import { encodeDevice, encodeInode, inodeSize, layouts } from './inode.ts';
import { chunkFormat, chunksSize, encodeChunks } from './chunks.ts';
import type { Node, Run } from './node-tree.ts';
import { type SharedXattrs, xattrCount } from './xattrs.ts';

/** How an inode and what belongs to it are stored. */
export interface InodeShape {
  readonly layout: (typeof layouts)[keyof typeof layouts];
  /** Bytes of its content. */
  readonly size: number;
  /** The inode with its extended attributes and places of chunks. */
  readonly headSize: number;
  /** What of its content lies behind that. */
  readonly tailSize: number;
}

/** `xattrSize`: of what lies between the inode and the rest. */
export function shapeOf(node: Node, xattrSize: number): InodeShape {
  const head = inodeSize + xattrSize;
  if (node.children !== undefined) return directoryShape(directoryBlocks(node), head);
  const content = contentOf(node.inode);
  const size = content === undefined ? 0 : contentSize(content);
  if (isChunked(node.runs)) {
    return { layout: layouts.chunks, size, headSize: head + chunksSize(node.runs), tailSize: 0 };
  }
  const tailSize = Math.max(0, size - blocksOf(node.runs) * blockSize);
  return { layout: tailSize === 0 ? layouts.plain : layouts.inline, size, headSize: head, tailSize };
}

/** The last block of a directory lies behind the inode, too, when it fits there. */
function directoryShape(blocks: DirectoryBlocks, headSize: number): InodeShape {
  const size = directorySize(blocks);
  const tail = size % blockSize;
  const tailSize = headSize + tail <= blockSize ? tail : 0;
  return { layout: tailSize === 0 ? layouts.plain : layouts.inline, size, headSize, tailSize };
}

/** Whether one place does not tell where all blocks are. */
export function isChunked(runs: readonly Run[]): boolean {
  return runs.length > 1;
}

function blocksOf(runs: readonly Run[]): number {
  return runs.reduce((sum, { blocks }) => sum + blocks, 0);
}

/** What the inodes of an image have in common. */
export interface InodeContext {
  readonly xattrs: SharedXattrs;
  readonly reader: ContentReader;
  /** Upper bound of every time stamp, in seconds. */
  readonly epoch: number;
  readonly nidOf: (node: Node) => number;
}

/** An inode with all that lies behind it. */
export function* encodeNode(node: Node, ctx: InodeContext): Generator<Uint8Array> {
  const { inode, runs } = node;
  const xattrs = ctx.xattrs.bodyOf(inode);
  const shape = shapeOf(node, xattrs.length);
  yield encodeInode(inode, {
    layout: shape.layout,
    size: shape.size,
    union: unionOf(node),
    xattrCount: xattrCount(xattrs),
    links: node.links,
    number: node.number,
    mtime: Math.min(Math.max(inode.mtime, 0), ctx.epoch),
  });
  yield xattrs;
  if (shape.layout === layouts.chunks) {
    yield encodeChunks(runs);
  } else if (shape.tailSize > 0) {
    yield tailOf(node, shape, ctx);
  }
}

function unionOf({ inode, runs }: Node): number {
  if (inode.type === 'char' || inode.type === 'block') return encodeDevice(inode.major, inode.minor);
  return isChunked(runs) ? chunkFormat(runs) : (runs[0]?.start ?? 0);
}

function tailOf(node: Node, { size, tailSize }: InodeShape, ctx: InodeContext): Buffer {
  if (node.children !== undefined) return encodeDirectoryBlock(node, directoryBlocks(node).at(-1) ?? [], ctx.nidOf);
  const content = contentOf(node.inode);
  return content === undefined ? Buffer.alloc(0) : ctx.reader.part(content, size - tailSize, tailSize);
}
