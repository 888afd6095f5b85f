// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, openSync, writeSync } from 'node:fs';
import { isoSector } from '../../src/archive/iso9660/fields.ts';
import { layOutIso } from '../../src/archive/iso9660/layout.ts';
import { descriptorSectors, isoMetadata } from '../../src/archive/iso9660/volume.ts';
import { ContentReader } from '../../src/content.ts';
import type { FileTree } from '../../src/file-tree.ts';

/** Writes a tree as an ISO 9660 file system; a hole is written where a file is larger than `wholeUpTo`. */
export function writeIsoFile(
  path: string,
  tree: FileTree,
  epoch: number,
  wholeUpTo: number = Number.MAX_SAFE_INTEGER,
): void {
  const layout = layOutIso(tree, descriptorSectors(false));
  const fd = openSync(path, 'w');
  using reader = new ContentReader();
  try {
    let at = 16 * isoSector;
    for (const piece of isoMetadata(layout, { label: 'TEST', epoch, sectors: layout.sectors })) {
      at += writeSync(fd, piece, 0, piece.length, at);
    }
    for (const { inode, sector, size } of layout.files) {
      if (inode.type !== 'file' || size > wholeUpTo) continue;
      writeSync(fd, reader.part(inode.content, 0, size), 0, size, sector * isoSector);
    }
    writeSync(fd, Buffer.of(0), 0, 1, layout.sectors * isoSector - 1);
  } finally {
    closeSync(fd);
  }
}
