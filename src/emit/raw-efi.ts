// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { partitionTypes } from '../archive/gpt.ts';
import type { BuildContext } from '../context.ts';
import type { Artifacts } from './artifacts.ts';
import type { BootableSystem, BootFiles } from './boot-files.ts';
import { derivedGuid, derivedSerial } from './disk/derived-guid.ts';
import { writeFat } from './disk/fat.ts';
import { fatLayout, type FatType } from './disk/fat-layout.ts';
import { type DiskPartition, writeDisk } from './disk/raw-disk.ts';
import { rootPartition } from './disk/root-partition.ts';
import type { DraftFile } from './draft-file.ts';
import { onceFor } from './once-for.ts';
import { type Uki, unifiedKernelImage } from './uki.ts';

/** Where firmware looks on a disk that no boot entry names (UEFI specification 3.5.1.1). */
const bootPath = 'EFI/BOOT/BOOTX64.EFI';

/**
 * The disk for UEFI that other formats are made from, as a draft that was not kept: a GPT with an EFI system partition
 * that has the unified kernel image, and behind it the root image when the system is in one.
 * @throws TskitError like the unified kernel image and the tools, and `usage` for a --size that is too small.
 */
export const efiDisk: (
  files: BootFiles,
  size: number | undefined,
  artifacts: Artifacts,
  ctx: BuildContext,
) => Promise<DraftFile> = onceFor(async (files, size, artifacts, ctx) => {
  const uki = await unifiedKernelImage(files, ctx);
  const partitions = [systemPartition(uki, 'fat32'), ...(files.root === undefined ? [] : [rootPartition(files.root)])];
  const plan = { partitions, ...(size !== undefined && { size }) };
  return await artifacts.prepare('-efi.img', (draft) => writeDisk(draft, plan, ctx));
});

/** Writes NAME-efi.img: the disk as it is, to be written to one or given to a machine monitor. Throws like {@link efiDisk}. */
export async function emitRawEfi(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  await artifacts.keep(await efiDisk(await system.bootFiles(), system.size, artifacts, ctx));
}

/** An EFI system partition with one program that is started. */
export function systemPartition(uki: Uki, type: FatType): DiskPartition {
  const file = { path: bootPath, size: uki.size };
  const layout = fatLayout([file], type);
  const content = [bootPath, uki.authenticode] as const;
  return {
    type: partitionTypes.efiSystem,
    guid: derivedGuid('EFI system partition', ...content),
    name: 'ESP',
    size: layout.size,
    write: (draft, offset, ctx) => {
      const files = [{ ...file, write: (sink: Parameters<Uki['write']>[0]) => uki.write(sink, ctx) }];
      const serial = derivedSerial('FAT', ...content);
      return writeFat(draft, offset, { ...layout, type, label: 'ESP', serial, files }, ctx);
    },
  };
}
