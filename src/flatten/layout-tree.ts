// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { type Bytes, bytesOf, type FileTree, type Inode, type LazyTree } from '../file-tree.ts';
import { addParents, inlineFile } from '../inodes.ts';
import { hexOf } from '../oci/digest.ts';
import { layoutFile } from '../oci/layout.ts';
import { mediaTypes } from '../oci/types.ts';
import type { PulledLayout } from '../pull/layout.ts';

/**
 * A layout as a tree (OCI image-spec image-layout.md). Its blobs are those of the store, so that none is read before somebody
 * writes the tree.
 */
export function layoutTree({ reference, entry, blobs }: PulledLayout, epoch: number): LazyTree {
  const index = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [entry] }, undefined, 2);
  const digests = blobs.map(({ descriptor }) => descriptor.digest).toSorted();
  const hash = createHash('sha256')
    .update(JSON.stringify([index, digests]))
    .digest('hex');
  return {
    key: `layout ${hash} ${epoch}`,
    label: `layout of ${reference}`,
    load: () => {
      const tree = new Map<Bytes, Inode>();
      const add = (path: string, inode: Inode): void => {
        addParents(tree, bytesOf(path), epoch);
        tree.set(bytesOf(path), inode);
      };
      add('oci-layout', inlineFile(epoch, layoutFile));
      add('index.json', inlineFile(epoch, `${index}\n`));
      for (const { descriptor, file } of blobs) {
        const content = { kind: 'range', file, offset: 0, size: descriptor.size } as const;
        add(`blobs/sha256/${hexOf(descriptor.digest)}`, {
          type: 'file',
          mode: 0o644,
          uid: 0,
          gid: 0,
          mtime: epoch,
          content,
        });
      }
      return Promise.resolve(tree as FileTree);
    },
  };
}
