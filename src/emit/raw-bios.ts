// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile } from 'node:fs/promises';
import type { BuildContext } from '../context.ts';
import type { Artifacts } from './artifacts.ts';
import { biosPartition } from './bios/bios-partition.ts';
import type { BootableSystem, BootFiles } from './boot-files.ts';
import { contentKey } from './disk/content-key.ts';
import { type PreparedDisk, prepareDisk } from './disk/prepared-disk.ts';
import { rootPartition } from './disk/root-partition.ts';
import { onceFor } from './once-for.ts';
import { biosDiskCode } from './tools.ts';

/**
 * The disk for BIOS that other formats are made from, which is not kept: a GPT, a partition with kernel, initrd and
 * Syslinux, and behind it the root image when the system is in one.
 * @throws TskitError `spec` without a kernel, `format` for what FAT or Syslinux cannot take, like the tools, and `usage` for a --size
 * that is too small.
 */
export const biosDisk: (
  files: BootFiles,
  size: number | undefined,
  artifacts: Artifacts,
  ctx: BuildContext,
) => Promise<PreparedDisk> = onceFor(async (files, size, artifacts, ctx) => {
  const plan = {
    partitions: [
      biosPartition(files, contentKey(files, ctx)),
      ...(files.root === undefined ? [] : [rootPartition(files.root)]),
    ],
    bootCode: await readFile(biosDiskCode),
    isBiosBootable: true,
    ...(size !== undefined && { size }),
  };
  return await prepareDisk('-bios.img', plan, artifacts, ctx);
});

/** Writes NAME-bios.img: the disk as it is. Throws like {@link biosDisk}. */
export async function emitRawBios(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  const { draft } = await biosDisk(await system.bootFiles(), system.size, artifacts, ctx);
  await artifacts.keep(draft);
}
