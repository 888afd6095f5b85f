// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Partitions of the type Linux in an MBR, those in extended partitions among them: a chain of tables with two entries each.

import { type ReadDisk, viewOf } from '../boot/gpt.ts';

const linuxType = 0x83;
/** Of CHS, of LBA, and Linux' own (block/partitions/msdos.c, is_extended_partition). */
const extendedTypes: ReadonlySet<number> = new Set([0x05, 0x0f, 0x85]);
const entriesAt = [446, 462, 478, 494];
/** The kernel follows a hundred. */
const mostLogical = 100;

interface Entry {
  readonly type: number;
  /** In sectors, from where the table counts. */
  readonly start: number;
}

/**
 * Where they start, in bytes: those of the table itself, then logical ones. A chain of logical partitions that comes back to a table that it
 * had, leads out of the extended partition or has no end is damaged, and nothing of it counts.
 */
export function linuxStartsOfMbr(read: ReadDisk, sectorSize: number): readonly number[] {
  const entries = tableAt(read, 0) ?? [];
  const primary = entries.filter(({ type }) => type === linuxType).map(({ start }) => start);
  const extended = entries.filter(({ type, start }) => extendedTypes.has(type) && start > 0);
  const logical = extended.flatMap(({ start }) => logicalStarts(read, sectorSize, start) ?? []);
  return [...primary, ...logical].map((start) => start * sectorSize);
}

/** Undefined when the chain is damaged. */
function logicalStarts(read: ReadDisk, sectorSize: number, first: number): readonly number[] | undefined {
  const starts: number[] = [];
  const seen = new Set<number>();
  for (let at: number | undefined = first; at !== undefined; ) {
    const here: number = at;
    const entries = seen.has(here) || seen.size === mostLogical ? undefined : tableAt(read, here * sectorSize);
    if (entries === undefined) return undefined;
    seen.add(here);
    // A partition is counted from its own table, the next table from the extended partition.
    starts.push(...entries.filter(({ type }) => type === linuxType).map(({ start }) => here + start));
    const next = entries.find(({ type }) => extendedTypes.has(type));
    at = next === undefined ? undefined : first + next.start;
  }
  return starts;
}

function tableAt(read: ReadDisk, offset: number): readonly Entry[] | undefined {
  const sector = read(offset, 512);
  if (sector.length < 512 || sector[510] !== 0x55 || sector[511] !== 0xaa) return undefined;
  const view = viewOf(sector);
  return entriesAt
    .map((at) => ({ type: sector[at + 4] ?? 0, start: view.getUint32(at + 8, true) }))
    .filter(({ start, type }) => type !== 0 && start > 0);
}
