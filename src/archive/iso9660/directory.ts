// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Inode } from '../../file-tree.ts';
import { both16, both32, isoSector, recordDate, sectorsFor } from './fields.ts';
import { continuation, continuationSize, shareOut } from './rock-ridge.ts';

/** Of a record before its identifier. */
const recordHead = 33;
/** Records have an even length that fits a byte. */
const maxRecord = 254;
/** A file's content is in extents of at most that, since their length has 32 bits: whole sectors but for the last. */
export const maxExtent = 0xffff_f800;
const flagDirectory = 0x02;
const flagGoesOn = 0x80;

/** What a record says beside its fields. Sectors are known when everything has its place, and 0 before that. */
export interface IsoEntry {
  readonly identifier: string;
  readonly inode: Inode;
  readonly fields: readonly Buffer[];
  /** Of a file's content or of a directory's records. */
  readonly sector: number;
  readonly size: number;
}

/** A directory's records, and behind them what did not fit into them. */
export interface EncodedDirectory {
  readonly records: Buffer;
  readonly continuations: Buffer;
}

/**
 * Encodes a directory that begins at `sector`, in whole sectors (ECMA-119 6.8.1: a record does not cross into the next one).
 * Lengths do not depend on where things are.
 */
export function encodeDirectory(entries: readonly IsoEntry[], sector: number, epoch: number): EncodedDirectory {
  const plans = entries.flatMap((entry) => extentsOf(entry).map((extent) => planRecord(entry, extent)));
  let size = 0;
  for (const { length } of plans) size = placeWithin(size, length) + length;
  const recordSectors = sectorsFor(size);
  const overflow = new Overflow(sector + recordSectors);
  const records = Buffer.alloc(recordSectors * isoSector);
  let at = 0;
  for (const plan of plans) {
    at = placeWithin(at, plan.length);
    records.set(encodeRecord(plan, overflow, epoch), at);
    at += plan.length;
  }
  return { records, continuations: overflow.bytes() };
}

interface Extent {
  readonly sector: number;
  readonly size: number;
  readonly flags: number;
}

interface PlannedRecord extends Extent {
  readonly entry: IsoEntry;
  readonly length: number;
  readonly inside: Buffer;
  readonly areas: readonly Buffer[];
}

function extentsOf({ inode, sector, size }: IsoEntry): readonly Extent[] {
  if (inode.type === 'directory') return [{ sector, size, flags: flagDirectory }];
  const extents: Extent[] = [];
  let done = 0;
  do {
    const length = Math.min(size - done, maxExtent);
    const flags = done + length < size ? flagGoesOn : 0;
    extents.push({ sector: sector + done / isoSector, size: length, flags });
    done += length;
  } while (done < size);
  return extents;
}

function planRecord(entry: IsoEntry, extent: Extent): PlannedRecord {
  const head = even(recordHead + entry.identifier.length);
  const { inside, areas } = shareOut(entry.fields, maxRecord - head);
  const length = even(head + inside.length + (areas.length === 0 ? 0 : continuationSize));
  return { ...extent, entry, length, inside, areas };
}

function encodeRecord(plan: PlannedRecord, overflow: Overflow, epoch: number): Buffer {
  const { entry, length, sector, size, flags, inside, areas } = plan;
  const record = Buffer.alloc(length);
  record.writeUInt8(length);
  record.set(both32(sector), 2);
  record.set(both32(size), 10);
  record.set(recordDate(Math.min(Math.max(entry.inode.mtime, 0), epoch)), 18);
  record.writeUInt8(flags, 25);
  record.set(both16(1), 28);
  record.writeUInt8(entry.identifier.length, 32);
  record.write(entry.identifier, recordHead, 'latin1');
  const fields = even(recordHead + entry.identifier.length);
  record.set(inside, fields);
  record.set(overflow.add(areas), fields + inside.length);
  return record;
}

/** The areas that fields go on in: sectors that follow a directory's records. */
class Overflow {
  readonly #sector: number;
  readonly #areas: { readonly at: number; readonly bytes: Buffer }[] = [];
  #size = 0;

  constructor(sector: number) {
    this.#sector = sector;
  }

  /** Takes one entry's areas; the field that leads to the first, empty when there are none. */
  add(areas: readonly Buffer[]): Buffer {
    let lead: Buffer = Buffer.alloc(0);
    // From the last to the first, since each ends with what leads to the next.
    for (const area of areas.toReversed()) {
      const bytes = Buffer.concat([area, lead]);
      const at = placeWithin(this.#size, bytes.length);
      this.#areas.push({ at, bytes });
      this.#size = at + bytes.length;
      lead = continuation(this.#sector + Math.floor(at / isoSector), at % isoSector, bytes.length);
    }
    return lead;
  }

  bytes(): Buffer {
    const all = Buffer.alloc(sectorsFor(this.#size) * isoSector);
    for (const { at, bytes } of this.#areas) all.set(bytes, at);
    return all;
  }
}

/** Where something of `length` bytes goes that must not cross into the next sector. */
function placeWithin(at: number, length: number): number {
  const room = isoSector - (at % isoSector);
  return length <= room ? at : at + room;
}

function even(length: number): number {
  return length + (length % 2);
}
