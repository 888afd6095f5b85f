// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compressZstd, zstdSettings } from '../archive/compress.ts';
import { type CpioEntry, cpioEntries, encodeCpio } from '../archive/cpio.ts';
import type { BuildContext } from '../context.ts';
import { makeFolder, writeFileAtomically } from '../oci/atomic-file.ts';
import type { Bytes, FileTree } from '../file-tree.ts';
import { interruptionOf, throwIfInterrupted } from '../oci/interruption.ts';
import { storeError } from '../oci/store-error.ts';
import type { PrefixedTree } from '../rootfs.ts';
import { DraftFile } from './draft-file.ts';
import { type LostXattrs, lostXattrs } from './lost-xattrs.ts';
import { type MemoryUse, memoryUse } from './memory.ts';

/** Counts up when the same tree is encoded to other bytes than before. */
const encoderVersion = 1;
/** The kernel wants each archive of an initramfs to begin at a multiple of this. */
export const segmentAlignment = 4;

/** A part of an initramfs: one whole cpio in one zstd frame, zero bytes behind it up to the alignment. */
export interface Segment {
  readonly file: string;
  /** Whose tree it is, for messages. */
  readonly label: string;
  readonly record: SegmentRecord;
}

/** What is kept beside a segment, as JSON, so that a build that finds it need not look into the tree. */
interface SegmentRecord {
  /** Of the segment's file: another size on disk means that it is damaged. */
  readonly size: number;
  readonly use: MemoryUse;
  readonly lost: LostXattrs;
}

/**
 * The segment of a tree at its place, from the cache or made now and cached. Concurrent builds may make the same one: both
 * write the same bytes, and the rename of either stands.
 * @throws TskitError `format` for what an initramfs cannot hold, `store`, and what loading the tree throws.
 */
export async function segmentOf(placed: PrefixedTree, ctx: BuildContext): Promise<Segment> {
  const { label } = placed.tree;
  const reporter = ctx.reporter.stage('pack');
  const key = segmentKey(placed, ctx.epoch);
  const folder = join(ctx.cache, 'segments');
  const file = join(folder, `${key}.zst`);
  const recordFile = join(folder, `${key}.json`);
  const cached = readRecord(recordFile);
  if (cached !== undefined && statSync(file, { throwIfNoEntry: false })?.size === cached.size) {
    reporter.cached(label);
    return { file, label, record: cached };
  }
  const tree = await placed.tree.load();
  throwIfInterrupted(ctx.signal);
  const entries = cpioEntries(tree, placed.prefix);
  const use = memoryUse(entries);
  const task = reporter.task(`packing ${label}`, use.bytes);
  try {
    makeFolder(folder);
    const size = await writeSegment(entries, label, file, ctx, (bytes) => task.advance(bytes));
    const record: SegmentRecord = { size, use, lost: lostXattrs(entries) };
    writeFileAtomically(recordFile, JSON.stringify(record));
    task.done();
    return { file, label, record };
  } catch (error) {
    task.fail();
    throw ctx.signal.aborted ? interruptionOf(ctx.signal) : storeError('writing', file, error);
  }
}

/** The segment of a small tree at the root, in memory and not cached. */
export async function inlineSegment(tree: FileTree, epoch: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await compressZstd(encodeCpio(cpioEntries(tree, '' as Bytes), { epoch, label: 'the build' }), async (piece) => {
    pieces.push(piece);
  });
  const frame = Buffer.concat(pieces);
  return Buffer.concat([frame, Buffer.alloc(paddingOf(frame.length))]);
}

function segmentKey(placed: PrefixedTree, epoch: number): string {
  const parts = [encoderVersion, zstdSettings, epoch, placed.prefix, placed.tree.key];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function readRecord(file: string): SegmentRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SegmentRecord;
  } catch {
    // Not there, or damaged: either way the segment is made anew.
    return undefined;
  }
}

async function writeSegment(
  entries: readonly CpioEntry[],
  label: string,
  file: string,
  ctx: BuildContext,
  onProgress: (bytes: number) => void,
): Promise<number> {
  const folder = join(ctx.cache, 'tmp');
  makeFolder(folder);
  const draft = await DraftFile.create(file, join(folder, `${randomUUID()}.segment`));
  try {
    const cpio = watched(encodeCpio(entries, { epoch: ctx.epoch, label }), ctx, onProgress);
    await compressZstd(cpio, (piece) => draft.write(piece));
    await draft.write(Buffer.alloc(paddingOf(draft.size)));
    await draft.finish();
    await draft.publish();
    return draft.size;
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

function* watched(chunks: Iterable<Buffer>, ctx: BuildContext, onProgress: (bytes: number) => void): Generator<Buffer> {
  for (const chunk of chunks) {
    throwIfInterrupted(ctx.signal);
    yield chunk;
    onProgress(chunk.length);
  }
}

function paddingOf(size: number): number {
  return -size & (segmentAlignment - 1);
}
