// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes } from '../../file-tree.ts';
import { blockSize } from '../block-digests.ts';
import type { Node } from './node-tree.ts';

// Directories (Linux Documentation/filesystems/erofs.rst, "Directories"): each block has its entries first and then their names;
// the kernel finds a name by halving, first among blocks and then in one, so that all are sorted bytewise, "." and ".." too.

const entrySize = 12;
const fileTypes = { file: 1, directory: 2, char: 3, block: 4, fifo: 5, symlink: 7 } as const;

/** The names of a directory, as they are distributed over its blocks. */
export type DirectoryBlocks = readonly (readonly Bytes[])[];

/** Fills one block after the other. */
export function directoryBlocks(node: Node): DirectoryBlocks {
  const names = [...(node.children?.keys() ?? []), '.' as Bytes, '..' as Bytes].sort();
  const blocks: Bytes[][] = [[]];
  let used = 0;
  for (const name of names) {
    const size = entrySize + name.length;
    if (used + size > blockSize) {
      blocks.push([]);
      used = 0;
    }
    blocks.at(-1)?.push(name);
    used += size;
  }
  return blocks;
}

/** Bytes of a directory: whole blocks but for the last. */
export function directorySize(blocks: DirectoryBlocks): number {
  const last = blocks.at(-1) ?? [];
  return (blocks.length - 1) * blockSize + last.reduce((size, name) => size + entrySize + name.length, 0);
}

/** One block, without the zero bytes behind the last name. */
export function encodeDirectoryBlock(node: Node, names: readonly Bytes[], nidOf: (node: Node) => number): Buffer {
  const size = names.reduce((sum, name) => sum + entrySize + name.length, 0);
  const block = Buffer.alloc(size);
  let nameAt = names.length * entrySize;
  names.forEach((name, index) => {
    const entry = namedNode(node, name);
    const at = index * entrySize;
    const nid = nidOf(entry);
    block.writeUInt32LE(nid % 2 ** 32, at);
    block.writeUInt32LE(Math.floor(nid / 2 ** 32), at + 4);
    block.writeUInt16LE(nameAt, at + 8);
    block[at + 10] = fileTypes[entry.inode.type];
    nameAt += block.write(name, nameAt, 'latin1');
  });
  return block;
}

function namedNode(node: Node, name: Bytes): Node {
  const found = name === '.' ? node : name === '..' ? node.parent : node.children?.get(name);
  if (found === undefined) throw new Error(`a directory without its entry "${name}"`);
  return found;
}
