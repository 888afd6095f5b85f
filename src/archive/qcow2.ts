// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type DiskMap, DiskReader, isUsed, type SparseChunk } from './disk-image.ts';

// QEMU's qcow2 version 3 (docs/interop/qcow2.txt), which every QEMU since 1.1 reads. All numbers are big endian. Clusters come
// in this order: header, table of counters, counters, first-level table, second-level tables, data.

const clusterBits = 16;
const clusterSize = 1 << clusterBits;
const entriesPerTable = clusterSize / 8;
/** Counters are 16 bits wide. */
const countersPerCluster = clusterSize / 2;
const headerLength = 104;
/** A cluster with one reference only, which may be written in place. */
const copied = 1n << 63n;

/** Some clusters in a row. */
interface Run {
  readonly at: number;
  readonly clusters: number;
}

/** Where each structure is. */
interface Layout {
  readonly counterTable: Run;
  readonly counters: Run;
  readonly firstLevel: Run & { readonly entries: number };
  /** Of the first level's entries, those that have a table. */
  readonly tables: readonly number[];
  readonly tablesAt: number;
  readonly dataAt: number;
  /** Clusters in all. */
  readonly end: number;
}

/**
 * A qcow2 of the disk; clusters of 64 KiB of which only used ones are there. It holds no time, no name and no identifier.
 * @throws TskitError `store` when the bytes of the disk cannot be read.
 */
export function* encodeQcow2(map: DiskMap): Generator<SparseChunk> {
  const { size } = map.image;
  const clusters = Math.ceil(size / clusterSize);
  const used: number[] = [];
  for (let index = 0; index < clusters; index += 1) {
    if (isUsed(map, index * clusterSize, 1)) used.push(index);
  }
  const layout = layOut(used, clusters);
  yield header(size, layout);
  yield numbers64(layout.counterTable.clusters, layout.counters.clusters, (index) => [
    index,
    offsetOf(layout.counters.at + index),
  ]);
  yield* counters(layout);
  yield numbers64(layout.firstLevel.clusters, layout.tables.length, (index) => [
    layout.tables[index] ?? 0,
    offsetOf(layout.tablesAt + index) | copied,
  ]);
  yield* secondLevel(used, layout);
  using reader = new DiskReader(map.image);
  const cluster = Buffer.alloc(clusterSize);
  for (const index of used) {
    reader.read(index * clusterSize, cluster);
    yield cluster;
  }
}

function layOut(used: readonly number[], clusters: number): Layout {
  const entries = Math.ceil(clusters / entriesPerTable);
  const tables = [...new Set(used.map((index) => Math.floor(index / entriesPerTable)))];
  const firstLevelClusters = Math.ceil(entries / entriesPerTable);
  const others = 1 + firstLevelClusters + tables.length + used.length;
  // Counters count themselves.
  let counterClusters = 0;
  let tableClusters = 0;
  for (let settled = false; !settled; ) {
    const needed = Math.ceil((others + counterClusters + tableClusters) / countersPerCluster);
    const neededTables = Math.ceil(needed / entriesPerTable);
    settled = needed === counterClusters && neededTables === tableClusters;
    [counterClusters, tableClusters] = [needed, neededTables];
  }
  const countersAt = 1 + tableClusters;
  const firstLevelAt = countersAt + counterClusters;
  const tablesAt = firstLevelAt + firstLevelClusters;
  return {
    counterTable: { at: 1, clusters: tableClusters },
    counters: { at: countersAt, clusters: counterClusters },
    firstLevel: { at: firstLevelAt, clusters: firstLevelClusters, entries },
    tables,
    tablesAt,
    dataAt: tablesAt + tables.length,
    end: others + counterClusters + tableClusters,
  };
}

function header(size: number, { counterTable, firstLevel }: Layout): Buffer {
  const bytes = Buffer.alloc(clusterSize);
  bytes.write('QFI\u00fb', 0, 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(clusterBits, 20);
  bytes.writeBigUInt64BE(BigInt(size), 24);
  bytes.writeUInt32BE(firstLevel.entries, 36);
  bytes.writeBigUInt64BE(offsetOf(firstLevel.at), 40);
  bytes.writeBigUInt64BE(offsetOf(counterTable.at), 48);
  bytes.writeUInt32BE(counterTable.clusters, 56);
  bytes.writeUInt32BE(4, 96); // counters of 2^4 bits
  bytes.writeUInt32BE(headerLength, 100);
  return bytes;
}

/** Each cluster of the file is there once. */
function* counters({ counters: { clusters }, end }: Layout): Generator<Buffer> {
  const bytes = Buffer.alloc(clusterSize);
  for (let index = 0; index < clusters; index += 1) {
    const count = Math.min(countersPerCluster, end - index * countersPerCluster);
    bytes.fill(0);
    for (let entry = 0; entry < count; entry += 1) bytes.writeUInt16BE(1, entry * 2);
    yield bytes;
  }
}

function* secondLevel(used: readonly number[], { tables, dataAt }: Layout): Generator<Buffer> {
  const bytes = Buffer.alloc(clusterSize);
  let next = 0;
  for (const table of tables) {
    bytes.fill(0);
    for (; Math.floor((used[next] ?? Infinity) / entriesPerTable) === table; next += 1) {
      const entry = (used[next] ?? 0) % entriesPerTable;
      bytes.writeBigUInt64BE(offsetOf(dataAt + next) | copied, entry * 8);
    }
    yield bytes;
  }
}

/** A table of `clusters` clusters, with `count` of its entries set. */
function numbers64(clusters: number, count: number, entryOf: (index: number) => readonly [number, bigint]): Buffer {
  const bytes = Buffer.alloc(clusters * clusterSize);
  for (let index = 0; index < count; index += 1) {
    const [entry, value] = entryOf(index);
    bytes.writeBigUInt64BE(value, entry * 8);
  }
  return bytes;
}

function offsetOf(cluster: number): bigint {
  return BigInt(cluster) << BigInt(clusterBits);
}
