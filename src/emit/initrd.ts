// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { dirname } from 'node:path';
import type { UnpackedSize } from '../../init/contract/boot-plan.ts';
import { sentinelPath, unpackedPath } from '../../init/contract/paths.ts';
import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { type Bytes, bytesOf, type Content, contentSize, type FileTree, type Inode } from '../file-tree.ts';
import { mapParallel } from '../oci/parallel.ts';
import type { Reporter } from '../reporter.ts';
import type { PrefixedTree, Rootfs } from '../rootfs.ts';
import { reportLostXattrs } from './lost-xattrs.ts';
import { addUses, memoryNeeded } from './memory.ts';
import { inlineSegment, type Segment, segmentAlignment, segmentOf } from './segments.ts';
import type { Sink } from './sink.ts';

/** Trees that are packed at the same time: one reads while the other compresses. */
const concurrency = 2;
const cpioMagic = '070701';

/**
 * An initrd: its parts in their order, and its size. They are
 *   - a segment with /etc/tskit/unpacked.json, which says how much memory the rest needs;
 *   - our own /init, when it is embedded;
 *   - a segment for each tree, from the cache when it was packed before (segments.ts);
 *   - a segment with the sentinel, whose absence tells init that the kernel ran out of memory on the way.
 */
export interface Initrd {
  readonly size: number;
  readonly parts: readonly Content[];
  /** What a machine needs to unpack it without loss. */
  readonly memoryMiB: number;
}

/** The kernel, or a note that there is none. */
export async function loadKernel(rootfs: Rootfs, reporter: Reporter): Promise<Content | undefined> {
  if (rootfs.kernel === undefined) {
    reporter.note('the spec names no kernel: only the initrd and the command line are written');
  }
  return await rootfs.kernel?.load();
}

/**
 * Packs what is not in the cache; nothing else is written. The microcode is not among the parts, but takes memory as they do: the
 * kernel looks for it, not compressed, before them.
 * @throws TskitError `format` for what an initramfs cannot hold, `store`, and what loading the trees throws.
 */
export async function makeInitrd(
  placed: readonly PrefixedTree[],
  ucode: Content | undefined,
  ctx: BuildContext,
): Promise<Initrd> {
  const segments = await packAll(placed, ctx);
  if (ucode !== undefined) warnUnlessCpio(ucode, ctx.reporter);
  const before = ucode === undefined ? [] : paddedMicrocode(ucode);
  const packed = segments.map(({ file, record }): Content => ({ kind: 'range', file, offset: 0, size: record.size }));
  const unpacked = unpackedSize(segments, sizeOf([...before, ...packed]));
  const parts = [
    inline(await inlineSegment(sizeTree(unpacked), ctx.epoch)),
    ...packed,
    inline(await inlineSegment(sentinelTree, ctx.epoch)),
  ];
  return { size: sizeOf(parts), parts, memoryMiB: unpacked.memoryMiB };
}

/** All of a system, in the order in which an initrd has it. */
export function wholeSystem({ init, trees }: Rootfs): readonly PrefixedTree[] {
  return [...(init === undefined ? [] : [{ prefix: '' as Bytes, tree: init }]), ...trees];
}

/** Microcode as it stands before an initrd. */
export function paddedMicrocode(ucode: Content): readonly Content[] {
  return [ucode, inline(Buffer.alloc(-contentSize(ucode) & (segmentAlignment - 1)))];
}

function sizeOf(contents: readonly Content[]): number {
  return contents.reduce((sum, content) => sum + contentSize(content), 0);
}

function inline(data: Uint8Array): Content {
  return { kind: 'inline', data };
}

/** Segments in the order of the trees; what they lose is reported in that order too. */
async function packAll(placed: readonly PrefixedTree[], ctx: BuildContext): Promise<Segment[]> {
  const segments = await mapParallel(placed, concurrency, ctx.signal, (tree, signal) =>
    segmentOf(tree, { ...ctx, signal }),
  );
  for (const { record, label } of segments) {
    reportLostXattrs(record.lost, label, ctx.reporter);
  }
  return segments;
}

/** The kernel passes over microcode that it does not recognise, without a word. */
function warnUnlessCpio(ucode: Content, reporter: Reporter): void {
  const magic = Buffer.alloc(cpioMagic.length);
  using reader = new ContentReader();
  reader.read(ucode, 0, magic, 0, Math.min(magic.length, contentSize(ucode)));
  if (magic.toString('latin1') !== cpioMagic) {
    reporter.warn('the CPU microcode (kernel.ucode) is no uncompressed newc cpio: the kernel will not load it');
  }
}

/** Appends contents, from wherever they are. */
export async function appendAll(sink: Sink, contents: readonly Content[], ctx: BuildContext): Promise<void> {
  for (const content of contents) await append(sink, content, ctx);
}

/** Appends one content. */
export async function append(sink: Sink, content: Content, ctx: BuildContext): Promise<void> {
  if (content.kind === 'inline') {
    await sink.write(content.data);
  } else {
    await sink.copyFrom(content.file, content.offset, contentSize(content), ctx.signal);
  }
}

function unpackedSize(segments: readonly Segment[], initrdSize: number): UnpackedSize {
  const use = addUses(segments.map(({ record }) => record.use));
  return { bytes: use.bytes, memoryMiB: memoryNeeded(use, initrdSize) };
}

/** The record of what all of it needs; its own few hundred bytes are below the rounding. */
function sizeTree(size: UnpackedSize): FileTree {
  const tree = new Map<Bytes, Inode>();
  for (let path = dirname(unpackedPath); path !== '/'; path = dirname(path)) {
    tree.set(relative(path), { type: 'directory', mode: 0o755, ...rootOwned });
  }
  return tree.set(relative(unpackedPath), newFile(Buffer.from(`${JSON.stringify(size)}\n`)));
}

const rootOwned = { uid: 0, gid: 0, mtime: 0 } as const;

function newFile(data: Uint8Array): Inode {
  return { type: 'file', mode: 0o644, ...rootOwned, content: { kind: 'inline', data } };
}

function relative(path: string): Bytes {
  return bytesOf(path.slice(1));
}

/** Its folder is there since the first segment. */
const sentinelTree: FileTree = new Map([[relative(sentinelPath), newFile(new Uint8Array())]]);
