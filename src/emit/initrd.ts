// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { dirname } from 'node:path';
import { sentinelPath, unpackedPath, type UnpackedSize } from '../../init/contract.ts';
import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { type Bytes, bytesOf, type Content, contentSize, type FileTree, type Inode } from '../file-tree.ts';
import { mapParallel } from '../oci/parallel.ts';
import type { Reporter } from '../reporter.ts';
import type { PlacedTree, Rootfs } from '../rootfs.ts';
import type { Artifacts } from './artifacts.ts';
import type { DraftFile } from './draft-file.ts';
import { reportLostXattrs } from './lost-xattrs.ts';
import { addUses, memoryNeeded } from './memory.ts';
import { inlineSegment, type Segment, segmentAlignment, segmentOf } from './segments.ts';

/** Trees that are packed at the same time: one reads while the other compresses. */
const concurrency = 2;
const cpioMagic = '070701';
/**
 * Writes NAME-kernel, NAME-initrd.img and NAME-cmdline, LinuxKit's format of this name. The initrd is, in this order,
 *   - the CPU microcode, not compressed, since the kernel looks for it before it can decompress;
 *   - a segment with /etc/tskit/unpacked.json, which says how much memory the rest needs;
 *   - our own /init, when it is embedded;
 *   - a segment for each tree, from the cache when it was packed before (segments.ts);
 *   - a segment with the sentinel, whose absence tells init that the kernel ran out of memory on the way.
 * @throws TskitError `format` for what an initramfs cannot hold, `io`, `store`, and what loading the trees throws.
 */
export async function emitInitrd(rootfs: Rootfs, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  const placed: PlacedTree[] = rootfs.init === undefined ? [] : [{ prefix: '' as Bytes, tree: rootfs.init }];
  placed.push(...rootfs.trees);
  const segments = await packAll(placed, ctx);
  const ucode = await rootfs.ucode?.load();
  const kernel = await rootfs.kernel?.load();
  if (kernel === undefined) {
    ctx.reporter.note('the spec names no kernel: only the initrd and the command line are written');
  } else {
    await artifacts.write('-kernel', (draft) => append(draft, kernel, ctx));
  }
  await artifacts.write('-initrd.img', (draft) => concatenate(draft, segments, ucode, ctx));
  await artifacts.write('-cmdline', (draft) => draft.write(Buffer.from(rootfs.cmdline)));
}

/** Segments in the order of the trees; what they lose is reported in that order too. */
async function packAll(placed: readonly PlacedTree[], ctx: BuildContext): Promise<Segment[]> {
  const segments = await mapParallel(placed, concurrency, ctx.signal, (tree, signal) =>
    segmentOf(tree, { ...ctx, signal }),
  );
  for (const { record, label } of segments) {
    reportLostXattrs(record.lost, label, ctx.reporter);
  }
  return segments;
}

async function concatenate(
  draft: DraftFile,
  segments: readonly Segment[],
  ucode: Content | undefined,
  ctx: BuildContext,
): Promise<void> {
  if (ucode !== undefined) {
    warnUnlessCpio(ucode, ctx.reporter);
    await append(draft, ucode, ctx);
    await draft.write(Buffer.alloc(-draft.size & (segmentAlignment - 1)));
  }
  const size = draft.size + segments.reduce((sum, { record }) => sum + record.size, 0);
  await draft.write(await inlineSegment(sizeTree(segments, size), ctx.epoch));
  for (const { file, record } of segments) {
    await draft.copyFrom(file, 0, record.size, ctx.signal);
  }
  await draft.write(await inlineSegment(sentinelTree, ctx.epoch));
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

async function append(draft: DraftFile, content: Content, ctx: BuildContext): Promise<void> {
  if (content.kind === 'inline') {
    await draft.write(content.data);
  } else {
    await draft.copyFrom(content.file, content.offset, contentSize(content), ctx.signal);
  }
}

/** The record of what all of it needs; its own few hundred bytes are below the rounding. */
function sizeTree(segments: readonly Segment[], initrdSize: number): FileTree {
  const use = addUses(segments.map(({ record }) => record.use));
  const size: UnpackedSize = { bytes: use.bytes, memoryMiB: memoryNeeded(use, initrdSize) };
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
