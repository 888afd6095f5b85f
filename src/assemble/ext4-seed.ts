// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FilesystemSeed } from '../../init/contract/disk-plan.ts';
import { keepAtExit, removeAtExit } from '../at-exit.ts';
import type { BuildContext } from '../context.ts';
import { runTool, toolError } from '../emit/run-tool.ts';
import { makeFolder } from '../oci/atomic-file.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';

// An empty ext4 file system, made once on the build machine: the booted system has no mke2fs. It is as small as one block group and
// grows on the machine that it comes to, and so are UUID, hash seed and label that machine's.

const mebibyte = 1024 ** 2;
const blockSize = 4096;
/** One block group: 8 * 4096 blocks. */
const wholeGroup = 128;
/** Of a whole group, so that each that is added later has as many: one inode in 16 KiB. */
const inodes = 8192;
/** Blocks that the file system can grow to with the descriptors that are kept free for it: 8 TiB. Beyond, the kernel changes the layout. */
const resizeLimit = 2 ** 31;

/**
 * Everything that versions of mke2fs have other defaults for is said. `metadata_csum_seed` lets the UUID be changed later without
 * new checksums everywhere.
 */
const features = [
  'has_journal',
  'ext_attr',
  'resize_inode',
  'dir_index',
  'filetype',
  'extent',
  '64bit',
  'flex_bg',
  'sparse_super',
  'large_file',
  'huge_file',
  'dir_nlink',
  'extra_isize',
  'metadata_csum',
  'metadata_csum_seed',
];

/** Counts up when the same sizes give other bytes than before. */
export const ext4SeedVersion = 1;

/** MiB of the file system that a partition of `partitionSize` bytes starts with; absent: of unknown size. */
export function ext4SeedSize(partitionSize: number = Infinity): number {
  return Math.min(wholeGroup, Math.floor(partitionSize / mebibyte));
}

/** The seed (contract.ts, FilesystemSeed) of `size` MiB. Throws `io` when mke2fs fails, and `interrupted`. */
export async function makeExt4Seed(size: number, ctx: BuildContext): Promise<Uint8Array> {
  const act = `making an ext4 file system of ${size} MiB`;
  const folder = join(ctx.cache, 'tmp');
  makeFolder(folder);
  const base = join(folder, `seed-${randomUUID()}`);
  const files = [`${base}.img`, `${base}.conf`] as const;
  for (const file of files) removeAtExit(file);
  const [image, configuration] = files;
  try {
    await writeFile(
      configuration,
      `[fs_types]\next4 = {\nfeatures = ${features.join(',')}\n}\nseed = {\ninode_size = 256\n}\n`,
    );
    const handle = await open(image, 'wx+', 0o644);
    try {
      await handle.truncate(size * mebibyte);
      const env = { MKE2FS_CONFIG: configuration, E2FSPROGS_FAKE_TIME: String(Math.max(1, ctx.epoch)) };
      const { stderr } = await runTool('mke2fs', argumentsFor(size, image), { act, env }, ctx);
      // It goes on after what it calls a warning.
      if (stderr.trim() !== '') throw await toolError('mke2fs', act, stderr.trim());
      return await seedOf(handle, size * mebibyte, ctx.signal);
    } finally {
      await handle.close();
    }
  } finally {
    for (const file of files) {
      await rm(file, { force: true });
      keepAtExit(file);
    }
  }
}

function argumentsFor(size: number, image: string): readonly string[] {
  const extended = [
    'nodiscard',
    'lazy_itable_init=0',
    'lazy_journal_init=0',
    'root_owner=0:0',
    `hash_seed=${nobodysUuid}`,
    ...(size === wholeGroup ? [`resize=${resizeLimit}`] : []),
  ];
  return [
    '-q',
    '-F',
    ['-t', 'ext4', '-T', 'seed'],
    ['-b', String(blockSize)],
    ['-I', '256', '-N', String(inodes)],
    ['-m', '0'],
    ['-J', `size=${journalSize(size)}`],
    ['-e', 'remount-ro'],
    ['-U', nobodysUuid],
    ['-E', extended.join(',')],
    image,
  ].flat();
}

/** Replaced when the seed is planted. */
const nobodysUuid = '74736b69-7400-4000-8000-000000000000';

/** MiB: about a quarter, from the least that there can be to what mke2fs gives a file system of 1 GiB. */
function journalSize(size: number): number {
  return size >= wholeGroup ? 32 : size >= 96 ? 16 : size >= 64 ? 8 : 4;
}

/** What a file system of one group needs of a file: the blocks that are in use. */
async function seedOf(handle: FileHandle, size: number, signal: AbortSignal): Promise<Uint8Array> {
  const isUsed = await usedBlocks(handle);
  const data: [number, number][] = [];
  const zeros: [number, number][] = [];
  const parts: Uint8Array[] = [];
  const window = Buffer.alloc(mebibyte);
  for (let offset = 0; offset < size; offset += window.length) {
    throwIfInterrupted(signal);
    await handle.read(window, 0, window.length, offset);
    for (let at = 0; at < window.length; at += blockSize) {
      if (!isUsed((offset + at) / blockSize)) continue;
      const block = window.subarray(at, at + blockSize);
      const isZero = block.every((byte) => byte === 0);
      append(isZero ? zeros : data, offset + at);
      if (!isZero) parts.push(Uint8Array.from(block));
    }
  }
  const header: FilesystemSeed = { size, data, zeros };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...parts]);
}

function append(extents: [number, number][], offset: number): void {
  const last = extents.at(-1);
  if (last !== undefined && last[0] + last[1] === offset) last[1] += blockSize;
  else extents.push([offset, blockSize]);
}

/** By the bitmap of the only group, which its descriptor names (Documentation/filesystems/ext4/group_descr.rst of the kernel). */
async function usedBlocks(handle: FileHandle): Promise<(block: number) => boolean> {
  const descriptor = Buffer.alloc(4);
  await handle.read(descriptor, 0, descriptor.length, blockSize);
  const bitmap = Buffer.alloc(blockSize);
  await handle.read(bitmap, 0, bitmap.length, descriptor.readUInt32LE() * blockSize);
  return (block) => ((bitmap[block >> 3] ?? 0) & (1 << (block & 7))) !== 0;
}
