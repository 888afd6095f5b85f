// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { addParents } from '../inodes.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, type Inode, textOf } from '../file-tree.ts';
import { storeError } from '../oci/store-error.ts';
import { type PackageTree, placeOf, subtree } from './package-tree.ts';
import type { TarStep } from './recipe.ts';
import { onePath } from './shape.ts';
import { writeTar } from './write-tar.ts';

/**
 * Packs a directory as a tar file inside the image, in place of the directory. The tar has no entries for the folders above
 * it, so that unpacking it into a root changes nothing there (/lib may be a link). `scratch` is where the tar's bytes are kept.
 */
export async function packDirectory(tree: PackageTree, step: TarStep, scratch: string, epoch: number): Promise<void> {
  const source = onePath(tree, 'tar', step.from);
  if (tree.inodes.get(source)?.type !== 'directory') {
    throw new TskitError(
      'package',
      `tar "${step.from}": expected a directory, found a ${tree.inodes.get(source)?.type}`,
    );
  }
  const root = step.as === undefined ? source : bytesOf(step.as.replace(/^\/+/, ''));
  const packed = new Map<Bytes, Inode>();
  for (const path of subtree(tree, source)) {
    const inode = tree.inodes.get(path);
    if (inode !== undefined) packed.set((root + path.slice(source.length)) as Bytes, inode);
    tree.inodes.delete(path);
    tree.owners.delete(path);
  }
  const target = placeOf(tree, 'tar', step.to);
  if (tree.inodes.has(target)) throw new TskitError('package', `tar "/${textOf(target)}": expected nothing there yet`);
  const size = await spool(packed, scratch, epoch);
  addParents(tree.inodes, target, epoch);
  const content = { kind: 'range', file: scratch, offset: 0, size } as const;
  tree.inodes.set(target, { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: epoch, content });
}

async function spool(packed: ReadonlyMap<Bytes, Inode>, scratch: string, epoch: number): Promise<number> {
  try {
    await pipeline(Readable.from(writeTar(packed, epoch)), createWriteStream(scratch));
    return (await stat(scratch)).size;
  } catch (error) {
    throw storeError('writing', scratch, error);
  }
}
