// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { guidOf, numberAt, viewOf } from '../boot/gpt.ts';
import type { PartitionPlan } from '../contract/disk-plan.ts';
import { setNumber, type Table } from './table.ts';

const mebibyte = 1024 ** 2;

/** Where a partition of the plan is, or is to be. */
export interface Placement {
  readonly plan: PartitionPlan;
  /** From 1. */
  readonly number: number;
  /** In bytes. */
  readonly start: number;
  readonly size: number;
  readonly isNew: boolean;
}

export interface Layout {
  /** With what is new or has grown. */
  readonly table: Table;
  readonly hasChanged: boolean;
  readonly placed: readonly Placement[];
  /** By label, why a partition is not placed. */
  readonly failed: ReadonlyMap<string, string>;
}

interface Entry {
  readonly number: number;
  readonly type: string;
  readonly name: string;
  /** Sectors, the last one included. */
  readonly first: number;
  readonly last: number;
}

/**
 * Finds the partitions of a plan in a table by their labels, and a place for those that are not there, in their order. A partition
 * that is there stays where it is and as it is, but for its end when it is to grow. `end` is where partitions have to end, in bytes;
 * `newGuid` gives 16 bytes of chance.
 */
export function layOut(
  table: Table,
  plans: readonly PartitionPlan[],
  disk: { readonly sectorSize: number; readonly end: number },
  newGuid: () => Uint8Array,
): Layout {
  const { sectorSize } = disk;
  const entries = table.entries.slice();
  const placed: Placement[] = [];
  const failed = new Map<string, string>();
  const usableEnd = alignDown(Math.min((table.lastUsable + 1) * sectorSize, disk.end)) / sectorSize;
  const changed: Table = { ...table, entries };
  let hasChanged = false;
  /** The first one that has no place: those behind it would take what is meant for it. */
  let homeless: string | undefined;

  function place(plan: PartitionPlan): Placement {
    const used = usedEntries(changed);
    const present = findPresent(used, plan);
    if (present !== undefined) {
      const last = plan.grow ? Math.max(present.last, endOfFree(used, present, usableEnd) - 1) : present.last;
      if (last !== present.last) {
        setNumber(viewOf(entryAt(changed, present.number)), 40, last);
        hasChanged = true;
      }
      return placement(plan, { ...present, last }, false);
    }
    if (homeless !== undefined) throw new Error(`not made, because "${homeless}" before it has no place`);
    homeless = plan.label;
    const range = freeRange(used, plan, table.firstUsable, usableEnd, sectorSize);
    const number = firstUnused(changed, used);
    homeless = undefined;
    writeEntry(entryAt(changed, number), plan, range, newGuid());
    hasChanged = true;
    return placement(plan, { number, type: plan.type, name: plan.label, ...range }, true);
  }

  function placement(plan: PartitionPlan, { number, first, last }: Entry, isNew: boolean): Placement {
    return { plan, number, start: first * sectorSize, size: (last - first + 1) * sectorSize, isNew };
  }

  for (const plan of plans) {
    try {
      placed.push(place(plan));
    } catch (error) {
      failed.set(plan.label, (error as Error).message);
    }
  }
  return { table: changed, hasChanged, placed, failed };
}

/** Which partitions of a plan a table has: by label and type. */
export function presentLabels(table: Table, plans: readonly PartitionPlan[]): readonly string[] {
  const used = usedEntries(table);
  return plans.flatMap(({ label, type }) =>
    used.some((entry) => entry.name === label && entry.type === type) ? [label] : [],
  );
}

/** Whether one of a table's partitions has this GUID. */
export function hasPartition(table: Table, guid: string): boolean {
  return usedEntries(table).some(({ number }) => guidOf(entryAt(table, number).subarray(16, 32)) === guid);
}

function findPresent(used: readonly Entry[], { label, type }: PartitionPlan): Entry | undefined {
  const [entry, second] = used.filter(({ name }) => name === label);
  if (entry === undefined) return undefined;
  if (second !== undefined) {
    throw new Error(
      `partitions ${entry.number} and ${second.number} both have that label: give one another label, or delete it`,
    );
  }
  if (entry.type !== type) {
    throw new Error(
      `partition ${entry.number} has that label and type ${entry.type}, expected ${type}: it is somebody else's`,
    );
  }
  return entry;
}

function usedEntries(table: Table): readonly Entry[] {
  const found: Entry[] = [];
  for (let number = 1; number <= table.entryCount; number += 1) {
    const entry = entryAt(table, number);
    if (entry.subarray(0, 16).every((byte) => byte === 0)) continue;
    const view = viewOf(entry);
    found.push({
      number,
      type: guidOf(entry.subarray(0, 16)),
      name: nameOf(view),
      first: numberAt(view, 32),
      last: numberAt(view, 40),
    });
  }
  return found;
}

function entryAt({ entries, entrySize }: Table, number: number): Uint8Array {
  return entries.subarray((number - 1) * entrySize, number * entrySize);
}

function nameOf(view: DataView): string {
  let name = '';
  for (let at = 56; at < 128 && view.getUint16(at, true) !== 0; at += 2)
    name += String.fromCharCode(view.getUint16(at, true));
  return name;
}

/** Where the free space behind a partition ends: its own end when there is none. */
function endOfFree(used: readonly Entry[], entry: Entry, usableEnd: number): number {
  const next = used.filter(({ first }) => first > entry.last).map(({ first }) => first);
  return Math.min(usableEnd, ...next);
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** The first free range that is large enough, as much of it as is asked for; of those for what grows the largest one. */
function freeRange(
  used: readonly Entry[],
  { size = 0, grow, filesystem, least }: PartitionPlan,
  firstUsable: number,
  usableEnd: number,
  sectorSize: number,
): Range {
  const wanted = Math.max(size, least, mebibyte) / sectorSize;
  const alignment = mebibyte / sectorSize;
  const starts = [firstUsable, ...used.map(({ last }) => last + 1)].sort((a, b) => a - b);
  const ranges = starts.flatMap((start) => {
    const first = Math.ceil(start / alignment) * alignment;
    const isUsed = used.some((entry) => entry.first <= first && first <= entry.last);
    const end =
      Math.floor(Math.min(usableEnd, ...used.map((entry) => entry.first).filter((at) => at > first)) / alignment) *
      alignment;
    return isUsed || end <= first ? [] : [{ first, last: end - 1 }];
  });
  const lengthOf = ({ first, last }: Range): number => last - first + 1;
  const largest = ranges.toSorted((a, b) => lengthOf(b) - lengthOf(a))[0];
  const takesAll = grow || size === 0;
  const range = takesAll ? largest : ranges.find((one) => lengthOf(one) >= wanted);
  if (range === undefined || lengthOf(range) < wanted) {
    const mib = (sectors: number): number => Math.floor((sectors * sectorSize) / mebibyte);
    const what = filesystem === undefined ? 'a free range' : `a free range for ${filesystem}`;
    const found = largest === undefined ? 'none' : `${mib(lengthOf(largest))} MiB at most`;
    throw new Error(`expected ${what} of ${mib(wanted)} MiB, found ${found}: give the machine a larger disk`);
  }
  return takesAll ? range : { first: range.first, last: range.first + wanted - 1 };
}

function firstUnused({ entryCount }: Table, used: readonly Entry[]): number {
  const taken = new Set(used.map(({ number }) => number));
  for (let number = 1; number <= entryCount; number += 1) if (!taken.has(number)) return number;
  throw new Error(`the partition table is full: it has ${entryCount} partitions`);
}

function writeEntry(entry: Uint8Array, { label, type }: PartitionPlan, { first, last }: Range, guid: Uint8Array): void {
  const view = viewOf(entry);
  entry.fill(0);
  entry.set(bytesOfGuid(type));
  entry.set(asRandomGuid(guid), 16);
  setNumber(view, 32, first);
  setNumber(view, 40, last);
  for (let index = 0; index < label.length; index += 1) view.setUint16(56 + 2 * index, label.charCodeAt(index), true);
}

/** The first three fields are little-endian on disk (UEFI specification, appendix A). */
function bytesOfGuid(text: string): Uint8Array {
  const hex = text.replaceAll('-', '');
  const bytes = Array.from({ length: 16 }, (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16));
  return new Uint8Array([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map((at) => bytes[at] ?? 0));
}

/** 16 bytes of chance as a GUID of version 4 (RFC 9562) as it is on disk. */
export function asRandomGuid(chance: Uint8Array): Uint8Array {
  const guid = chance.slice(0, 16);
  guid[7] = ((guid[7] ?? 0) & 0x0f) | 0x40;
  guid[8] = ((guid[8] ?? 0) & 0x3f) | 0x80;
  return guid;
}

function alignDown(bytes: number): number {
  return Math.floor(bytes / mebibyte) * mebibyte;
}
