// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { contentSize, type FileTree, type Inode } from '../../file-tree.ts';
import { encodeDirectory, type EncodedDirectory, type IsoEntry } from './directory.ts';
import { isoSector, sectorsFor } from './fields.ts';
import { foldersInOrder, type IsoFolder } from './folders.ts';
import { announcement, attributesOf, fieldsOf } from './rock-ridge.ts';

/** Sectors in front of the first volume descriptor, for whatever else the disk is. */
const systemArea = 16;
/** The path table counts directories with 16 bits (ECMA-119, 9.4). */
const maxDirectories = 65_535;
/** Identifiers of a directory's first two records (ECMA-119, 6.8.2.2). */
const self = '\0';
const parent = '\u0001';

/** A directory with its place: its records, and behind them their continuations. */
export interface PlacedFolder extends IsoFolder {
  readonly sector: number;
  /** Bytes of the records. */
  readonly size: number;
}

/** A content with its place; hard links share it. */
export interface PlacedFile {
  readonly inode: Inode;
  readonly sector: number;
  readonly size: number;
}

/** A tree as an ISO 9660 file system with Rock Ridge: where everything is, in sectors of 2048 bytes. */
export interface IsoLayout {
  /** Bytes of the path table, and where its two byte orders are. */
  readonly pathTable: { readonly size: number; readonly little: number; readonly big: number };
  readonly folders: readonly PlacedFolder[];
  /** In their order on the disk, one directly behind the other. */
  readonly files: readonly PlacedFile[];
  /** Where the file system ends. */
  readonly sectors: number;
}

/**
 * Lays out a tree. Deep directories stay where they are, since Rock Ridge's readers follow them, and every name is kept.
 * @param descriptors sectors of the volume descriptors and of what follows them.
 * @throws RangeError for more directories than the format can count.
 */
export function layOutIso(tree: FileTree, descriptors: number): IsoLayout {
  const folders = foldersInOrder(tree);
  if (folders.length > maxDirectories) {
    throw new RangeError(
      `${folders.length} directories, expected at most ${maxDirectories} in an ISO 9660 file system`,
    );
  }
  const pathTableSize = folders.reduce((sum, { identifier }) => sum + pathRecordSize(identifier), 0);
  const little = systemArea + descriptors;
  const big = little + sectorsFor(pathTableSize);
  let sector = big + sectorsFor(pathTableSize);
  const unplaced = folders.map((folder) => ({ ...folder, sector: 0, size: 0 }));
  const placed = unplaced.map((folder): PlacedFolder => {
    const { records, continuations } = encodeFolder(folder, unplaced, () => 0, 0);
    const at = sector;
    sector += (records.length + continuations.length) / isoSector;
    return { ...folder, sector: at, size: records.length };
  });
  const files = new Map<Inode, PlacedFile>();
  for (const { inode } of folders.flatMap(({ children }) => children)) {
    if (inode.type !== 'file' || files.has(inode)) continue;
    const size = contentSize(inode.content);
    files.set(inode, { inode, sector, size });
    sector += sectorsFor(size);
  }
  return {
    pathTable: { size: pathTableSize, little, big },
    folders: placed,
    files: [...files.values()],
    sectors: sector,
  };
}

/** The records of a directory. `folders` are all of them, `contentAt` says at which sector a file's content is. */
export function encodeFolder(
  folder: PlacedFolder,
  folders: readonly PlacedFolder[],
  contentAt: (inode: Inode) => number,
  epoch: number,
): EncodedDirectory {
  const above = folders[folder.parent] ?? folder;
  const first = folder.identifier === '' ? announcement() : [];
  const entries: IsoEntry[] = [
    { ...folder, identifier: self, fields: [...first, attributesOf(folder.inode, folder.links)] },
    { ...above, identifier: parent, fields: [attributesOf(above.inode, above.links)] },
  ];
  for (const { name, identifier, inode, links, folder: index } of folder.children) {
    const fields = fieldsOf(name, inode, links);
    const { sector, size } = (index === undefined ? undefined : folders[index]) ?? {
      sector: inode.type === 'file' ? contentAt(inode) : 0,
      size: inode.type === 'file' ? contentSize(inode.content) : 0,
    };
    entries.push({ identifier, inode, fields, sector, size });
  }
  return encodeDirectory(entries, folder.sector, epoch);
}

/** Bytes of a record of the path table (ECMA-119, 9.4). */
export function pathRecordSize(identifier: string): number {
  const length = Math.max(identifier.length, 1);
  return 8 + length + (length % 2);
}
