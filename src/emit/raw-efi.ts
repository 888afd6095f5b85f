// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Artifacts } from './artifacts.ts';
import type { BootableSystem, BootFiles } from './boot-files.ts';
import { type PreparedDisk, prepareDisk } from './disk/prepared-disk.ts';
import { rootPartition } from './disk/root-partition.ts';
import { systemPartition } from './disk/system-partition.ts';
import { onceFor } from './once-for.ts';
import { unifiedKernelImage } from './uki.ts';

/**
 * The disk for UEFI that other formats are made from, which is not kept: a GPT with an EFI system partition
 * that has the unified kernel image, and behind it the root image when the system is in one.
 * @throws TskitError like the unified kernel image and the tools, and `usage` for a --size that is too small.
 */
export const efiDisk: (
  files: BootFiles,
  size: number | undefined,
  artifacts: Artifacts,
  ctx: BuildContext,
) => Promise<PreparedDisk> = onceFor(async (files, size, artifacts, ctx) => {
  const uki = await unifiedKernelImage(files, ctx);
  const partitions = [systemPartition(uki, 'fat32'), ...(files.root === undefined ? [] : [rootPartition(files.root)])];
  const plan = { partitions, ...(size !== undefined && { size }) };
  return await prepareDisk('-efi.img', plan, artifacts, ctx);
});

/** Writes NAME-efi.img: the disk as it is, to be written to one or given to a machine monitor. Throws like {@link efiDisk}. */
export async function emitRawEfi(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  const { draft } = await efiDisk(await system.bootFiles(), system.size, artifacts, ctx);
  await artifacts.keep(draft);
}
