// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { hash } from 'node:crypto';
import type { Inode } from '../../file-tree.ts';

// Extended attributes (Linux fs/erofs/erofs_fs.h, erofs_xattr_ibody_header and erofs_xattr_entry): behind an inode, or in an
// area that inodes refer to, where those lie once that several inodes have.

/** By what a name begins with; the rest is stored. */
const prefixes: readonly (readonly [prefix: string, index: number])[] = [
  ['user.', 1],
  ['system.posix_acl_access', 2],
  ['system.posix_acl_default', 3],
  ['trusted.', 4],
  ['security.', 6],
];
const maxName = 255;
/** Linux stores no larger ones. */
export const maxXattrValue = 0xffff;
const headerSize = 12;
const idSize = 4;
/** What one byte of a header counts. */
const maxShared = 255;
/** What the count in an inode can stand for, in bytes. */
export const maxXattrSize: number = headerSize + (0xffff - 1) * 4;

/** Whether an attribute of this name can be stored: Linux knows no others, but archives may have any. */
export function isStorable(name: string): boolean {
  const prefix = prefixes.find(([prefix]) => name.startsWith(prefix))?.[0];
  if (prefix === undefined) return false;
  const rest = Buffer.byteLength(name) - prefix.length;
  return prefix.endsWith('.') ? rest > 0 && rest <= maxName : rest === 0;
}

/** The attributes of an inode that can be stored, sorted by name. */
export function xattrEntries({ xattrs }: Inode): Buffer[] {
  if (xattrs === undefined) return [];
  const names = [...xattrs.keys()].filter(isStorable).sort();
  return names.map((name) => encodeEntry(name, xattrs.get(name) ?? new Uint8Array()));
}

/** Bytes behind the inode when none of its attributes are shared. */
export function largestXattrSize(inode: Inode): number {
  const entries = xattrEntries(inode);
  return entries.length === 0 ? 0 : entries.reduce((sum, { length }) => sum + length, headerSize);
}

function encodeEntry(name: string, value: Uint8Array): Buffer {
  const [prefix, index] = prefixes.find(([prefix]) => name.startsWith(prefix)) ?? ['', 0];
  const rest = Buffer.from(name.slice(prefix.length), 'utf8');
  const entry = Buffer.alloc((4 + rest.length + value.length + 3) & ~3);
  entry[0] = rest.length;
  entry[1] = index;
  entry.writeUInt16LE(value.length, 2);
  rest.copy(entry, 4);
  entry.set(value, 4 + rest.length);
  return entry;
}

/** Which attributes several inodes have, and where those lie. All inodes are counted first. */
export class SharedXattrs {
  readonly #seen = new Set<string>();
  /** In the area, in units of four bytes. */
  readonly #places = new Map<string, number>();
  readonly #entries: Buffer[] = [];
  #size = 0;

  /** Counts those of an inode. */
  count(inode: Inode): void {
    for (const entry of xattrEntries(inode)) {
      const key = keyOf(entry);
      if (!this.#seen.has(key)) {
        this.#seen.add(key);
      } else if (!this.#places.has(key)) {
        this.#places.set(key, this.#size / idSize);
        this.#entries.push(entry);
        this.#size += entry.length;
      }
    }
  }

  /** The area with all entries that are shared, in the order in which they were found to be. */
  get area(): Buffer {
    return Buffer.concat(this.#entries);
  }

  /** What follows an inode, empty for one without attributes. */
  bodyOf(inode: Inode): Buffer {
    const entries = xattrEntries(inode);
    if (entries.length === 0) return empty;
    const shared: number[] = [];
    const own: Buffer[] = [];
    for (const entry of entries) {
      const place = this.#places.get(keyOf(entry));
      if (place === undefined || shared.length === maxShared) own.push(entry);
      else shared.push(place);
    }
    const header = Buffer.alloc(headerSize + shared.length * idSize);
    header[4] = shared.length;
    shared.forEach((place, index) => header.writeUInt32LE(place, headerSize + index * idSize));
    return Buffer.concat([header, ...own]);
  }
}

/** An entry, or its digest when it is long: signatures of files are large, and no two are the same. */
function keyOf(entry: Buffer): string {
  return entry.length <= 64 ? entry.toString('latin1') : hash('sha256', entry, 'binary');
}

const empty = Buffer.alloc(0);

/** The count of an inode that says how long the body behind it is. */
export function xattrCount(body: Buffer): number {
  return body.length === 0 ? 0 : (body.length - headerSize) / 4 + 1;
}
