// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes, Inode } from '../../file-tree.ts';
import { both32, isoSector } from './fields.ts';
import { typeBits } from '../type-bits.ts';

/** A field's length is one byte. */
const maxField = 255;
/** Bytes of the field that says where an entry goes on. */
export const continuationSize = 28;
/** "More of this follows", in SL, NM and a component of SL alike. */
const goesOn = 1;
const currentDirectory = 2;
const parentDirectory = 4;
const rootDirectory = 8;

function field(signature: string, ...parts: readonly Uint8Array[]): Buffer {
  const data = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(signature, 'latin1'), Buffer.from([4 + data.length, 1]), data]);
}

/** Of the root's first record: that fields are used at all, and by which agreement (SUSP 1.10, SP and ER; RRIP 1.10). */
export function announcement(): readonly Buffer[] {
  const id = Buffer.from('RRIP_1991A', 'latin1');
  return [field('SP', Buffer.from([0xbe, 0xef, 0])), field('ER', Buffer.from([id.length, 0, 0, 1]), id)];
}

/** Kind, mode, links and owner (RRIP 4.1.1, PX); the time is that of the record. */
export function attributesOf(inode: Inode, links: number): Buffer {
  const mode = typeBits[inode.type] | inode.mode;
  return field('PX', both32(mode), both32(links), both32(inode.uid), both32(inode.gid));
}

/** All fields of an entry with a name. */
export function fieldsOf(name: Bytes, inode: Inode, links: number): readonly Buffer[] {
  const special =
    inode.type === 'symlink'
      ? symlinkFields(inode.target)
      : inode.type === 'char' || inode.type === 'block'
        ? [deviceField(inode.major, inode.minor)]
        : [];
  return [attributesOf(inode, links), ...special, ...nameFields(name)];
}

/**
 * RRIP 4.1.2: a number that fits 16 bits is all in the second half, which is how every reader takes it. Linux takes others by halves,
 * which is what the specification leaves to systems with larger numbers.
 */
function deviceField(major: number, minor: number): Buffer {
  const fits = major > 0 && major <= 0xff && minor <= 0xff;
  return field('PN', both32(fits ? 0 : major), both32(fits ? (major << 8) | minor : minor));
}

function nameFields(name: Bytes): readonly Buffer[] {
  const pieces = chunksOf(Buffer.from(name, 'latin1'), maxField - 5);
  return pieces.map((piece, index) => field('NM', Buffer.from([index < pieces.length - 1 ? goesOn : 0]), piece));
}

/** RRIP 4.1.3: a target is its components, which may go on in the next one, as fields may in the next. */
function symlinkFields(target: Bytes): readonly Buffer[] {
  const room = maxField - 5;
  const groups: Buffer[][] = [[]];
  let used = 0;
  for (const component of componentsOf(target, room - 2)) {
    if (used + component.length > room) {
      groups.push([]);
      used = 0;
    }
    groups.at(-1)?.push(component);
    used += component.length;
  }
  return groups.map((group, index) => field('SL', Buffer.from([index < groups.length - 1 ? goesOn : 0]), ...group));
}

function componentsOf(target: Bytes, room: number): readonly Buffer[] {
  const isAbsolute = target.startsWith('/');
  const names = target === '/' ? [] : target.slice(isAbsolute ? 1 : 0).split('/');
  const components = names.flatMap((name) => {
    if (name === '.') return [Buffer.from([currentDirectory, 0])];
    if (name === '..') return [Buffer.from([parentDirectory, 0])];
    const pieces = chunksOf(Buffer.from(name, 'latin1'), room);
    return pieces.map((piece, index) =>
      Buffer.concat([Buffer.from([index < pieces.length - 1 ? goesOn : 0, piece.length]), piece]),
    );
  });
  return isAbsolute ? [Buffer.from([rootDirectory, 0]), ...components] : components;
}

/** At least one. */
function chunksOf(bytes: Buffer, size: number): readonly Buffer[] {
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

/** Where an entry's fields go on (SUSP 5.1, CE). */
export function continuation(sector: number, offset: number, length: number): Buffer {
  return field('CE', both32(sector), both32(offset), both32(length));
}

/** Fields shared out between a record and areas outside of it. */
export interface SharedOut {
  readonly inside: Buffer;
  /** Each ends with room for the field that names the next one, except the last. None when all fits the record. */
  readonly areas: readonly Buffer[];
}

/** Shares fields out: `room` bytes are in the record, and an area is within one sector. */
export function shareOut(fields: readonly Buffer[], room: number): SharedOut {
  const groups: Buffer[][] = [[]];
  let left = room;
  for (const [index, next] of fields.entries()) {
    const rest = fields.slice(index).reduce((sum, { length }) => sum + length, 0);
    if (rest > left && next.length > left - continuationSize) {
      groups.push([]);
      left = isoSector;
    }
    groups.at(-1)?.push(next);
    left -= next.length;
  }
  const [inside, ...areas] = groups.map((group) => Buffer.concat(group));
  return { inside: inside ?? Buffer.alloc(0), areas };
}
