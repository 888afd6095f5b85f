// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { sentinelPath } from '../../init/contract/paths.ts';
import { BlockDigests } from '../archive/block-digests.ts';
import { ErofsWriter } from '../archive/erofs/writer.ts';
import { guidText } from '../archive/guid.ts';
import { encodeVerity } from '../archive/verity.ts';
import { trimRootImages } from '../cache/root-images.ts';
import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { type Bytes, bytesOf } from '../file-tree.ts';
import { inlineFile } from '../inodes.ts';
import { makeFolder, writeFileAtomically } from '../oci/atomic-file.ts';
import { interruptionOf, throwIfInterrupted } from '../oci/interruption.ts';
import { leaseCache } from '../oci/lease.ts';
import { storeError } from '../oci/store-error.ts';
import type { PrefixedTree, Rootfs } from '../rootfs.ts';
import { DraftFile } from './draft-file.ts';

/** Counts up when the same trees are encoded to other bytes than before. */
const encoderVersion = 1;
const readSize = 1 << 20;

/**
 * A read-only root as the content of a partition: an EROFS file system and, directly behind it, a dm-verity superblock with its
 * hash tree.
 */
export interface RootImage {
  /** A file of the cache, which does not change. */
  readonly file: string;
  /** Bytes of all of it, a multiple of 4096. */
  readonly size: number;
  /** Bytes of the file system: where the dm-verity superblock begins. */
  readonly fsSize: number;
  /** SHA-256 of dm-verity's tree, in hex. */
  readonly rootHash: string;
  /** Of dm-verity, in hex: empty, since there is none ("-" in a table of device mapper). */
  readonly salt: string;
  /** What the partition has to have as its own GUID, in the canonical text form: the command line names it. */
  readonly partUuid: string;
  /** UUID of the file system, in the canonical text form. */
  readonly fsUuid: string;
}

/** What is kept beside an image, as JSON. */
interface RootRecord {
  /** Of the file: another size on disk means that it is damaged. */
  readonly size: number;
  readonly fsSize: number;
  readonly rootHash: string;
  readonly fsUuid: string;
  readonly lost: Readonly<Record<string, number>>;
  /** The start of the machine (Linux's boot_id) in which it was written without waiting for the disk; absent when it is there. */
  readonly boot?: string;
}

/**
 * The root image of a system, from the cache or made now and cached. Concurrent builds may make the same one: both write the same
 * bytes, and the rename of either stands.
 * @throws TskitError `format` for what EROFS cannot hold, `store`, and what loading the trees throws.
 */
export async function writeRootImage(rootfs: Rootfs, ctx: BuildContext): Promise<RootImage> {
  const trees = placedTrees(rootfs);
  const key = imageKey(trees, ctx.epoch);
  const folder = join(ctx.cache, 'root');
  const base = join(folder, key);
  const reporter = ctx.reporter.stage('pack');
  // A system of files alone has not looked for images so far.
  await leaseCache(ctx.cache, ctx.signal);
  const known = readRecord(base, ctx.signal);
  if (known !== undefined) {
    reporter.cached('root image');
    markUsed(`${base}.img`);
    reportLost(known, ctx);
    return imageOf(base, known);
  }
  const file = `${base}.img`;
  const task = reporter.task('packing root image');
  try {
    makeFolder(folder);
    const trimmed = trimRootImages(ctx.cache, ctx.signal);
    // Its failure is looked at below, and until then it is nobody's.
    trimmed.catch(() => {});
    const record = await writeImage(trees, file, ctx, (bytes) => task.advance(bytes));
    await trimmed;
    writeFileAtomically(`${base}.json`, JSON.stringify(record));
    task.done();
    reportLost(record, ctx);
    return imageOf(base, record);
  } catch (error) {
    task.fail();
    throw ctx.signal.aborted ? interruptionOf(ctx.signal) : storeError('writing', file, error);
  }
}

function reportLost({ lost }: RootRecord, { reporter }: BuildContext): void {
  const names = Object.entries(lost).map(([name, count]) => `${name} (${count})`);
  if (names.length === 0) return;
  reporter.note(`the root image leaves out extended attributes that Linux does not know: ${names.join(', ')}`);
}

/** Those that were not used for longest are removed first. */
function markUsed(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Somebody else's cache, which is only read.
  }
}

/** All of the system, and last what init looks for to know that it is. */
export function placedTrees({ init, trees }: Rootfs): PrefixedTree[] {
  const prefix = '' as Bytes;
  const sentinel = new Map([[bytesOf(sentinelPath.slice(1)), inlineFile(0, '')]]);
  return [
    ...(init === undefined ? [] : [{ prefix, tree: init }]),
    ...trees,
    { prefix, tree: { key: 'sentinel', label: 'the build', load: () => Promise.resolve(sentinel) } },
  ];
}

/** What determines a root image, and its UUID. */
export function imageKey(trees: readonly PrefixedTree[], epoch: number): string {
  const parts = trees.map(({ prefix, tree }) => [prefix, tree.key]);
  return createHash('sha256')
    .update(JSON.stringify([encoderVersion, epoch, parts]))
    .digest('hex');
}

function imageOf(base: string, { size, fsSize, rootHash, fsUuid }: RootRecord): RootImage {
  return {
    file: `${base}.img`,
    size,
    fsSize,
    rootHash,
    salt: '',
    partUuid: guidText(Buffer.from(rootHash, 'hex')),
    fsUuid,
  };
}

/** Undefined when the image is not there or damaged: either way it is made anew. */
function readRecord(base: string, signal: AbortSignal): RootRecord | undefined {
  let record: RootRecord;
  try {
    record = JSON.parse(readFileSync(`${base}.json`, 'utf8')) as RootRecord;
  } catch {
    return undefined;
  }
  if (statSync(`${base}.img`, { throwIfNoEntry: false })?.size !== record.size) return undefined;
  // The system may have gone down before the file was on the disk.
  if (record.boot === undefined || record.boot === bootId()) return record;
  if (!isWhole(`${base}.img`, record, signal)) return undefined;
  const { boot: _boot, ...checked } = record;
  writeFileAtomically(`${base}.json`, JSON.stringify(checked));
  return checked;
}

/** Undefined where it is not known, as on systems that are no Linux. */
function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return undefined;
  }
}

/** Whether a file has what dm-verity asks for. */
function isWhole(file: string, { fsSize, rootHash, fsUuid }: RootRecord, signal: AbortSignal): boolean {
  using reader = new ContentReader();
  const read = (offset: number, size: number): Buffer => {
    throwIfInterrupted(signal);
    return reader.part({ kind: 'range', file, offset, size }, 0, size);
  };
  const digests = new BlockDigests();
  for (let at = 0; at < fsSize; at += readSize) {
    digests.append(read(at, Math.min(readSize, fsSize - at)));
  }
  const verity = encodeVerity(digests, Buffer.from(fsUuid.replaceAll('-', ''), 'hex'));
  let step = verity.next();
  for (let at = fsSize; step.done !== true; step = verity.next()) {
    if (!step.value.equals(read(at, step.value.length))) return false;
    at += step.value.length;
  }
  return step.value === rootHash;
}

async function writeImage(
  trees: readonly PrefixedTree[],
  file: string,
  ctx: BuildContext,
  onProgress: (bytes: number) => void,
): Promise<RootRecord> {
  const folder = join(ctx.cache, 'tmp');
  makeFolder(folder);
  using writer = new ErofsWriter({ epoch: ctx.epoch });
  const draft = await DraftFile.create(file, join(folder, `${randomUUID()}.root`));
  // A chunk is written while the next is made.
  let written: Promise<void> = Promise.resolve();
  const write = async (chunks: Iterable<Buffer>): Promise<void> => {
    for (const chunk of chunks) {
      throwIfInterrupted(ctx.signal);
      await written;
      written = draft.write(chunk);
      // Its failure is looked at by the next turn, and until then it is nobody's.
      written.catch(() => {});
      onProgress(chunk.length);
    }
  };
  try {
    for (const { tree, prefix } of trees) {
      await write(writer.add(await tree.load(), prefix));
    }
    await write(writer.finish());
    await written;
    await draft.writeAt(writer.firstBlock, 0);
    const fsSize = draft.size;
    const verity = encodeVerity(writer.digests, writer.uuid);
    let step = verity.next();
    for (; step.done !== true; step = verity.next()) {
      await draft.write(step.value);
    }
    const boot = bootId();
    // An artifact is a copy that is waited for; to wait for the disk twice would be most of a rebuild.
    await (boot === undefined ? draft.finish() : draft.close());
    await draft.publish();
    const fsUuid = guidText(writer.uuid);
    return {
      size: draft.size,
      fsSize,
      rootHash: step.value,
      fsUuid,
      lost: writer.lostXattrs,
      ...(boot !== undefined && { boot }),
    };
  } catch (error) {
    await written.catch(() => {});
    await draft.discard();
    throw error;
  }
}
