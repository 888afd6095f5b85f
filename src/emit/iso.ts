// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Artifacts } from './artifacts.ts';
import type { BootableSystem } from './boot-files.ts';
import { rootPartition } from './disk/root-partition.ts';
import { writeIso } from './iso/iso-image.ts';
import { isoFiles } from './iso/iso-tree.ts';
import { systemPartition } from './disk/system-partition.ts';
import { unifiedKernelImage } from './uki.ts';

/** What boots a disc. */
interface DiscFirmware {
  readonly bios: boolean;
  readonly efi: boolean;
}

/** Above it FAT16 would need clusters that some readers do not take; below it FAT32 would be mostly empty. */
const maxFat16 = 1 << 30;

/** Writes NAME.iso, a disc that BIOS and UEFI boot, and a stick that they do, too. */
export async function emitIso(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  await writeDisc(system, '.iso', { bios: true, efi: true }, artifacts, ctx);
}

/** Writes NAME.iso for BIOS alone. */
export async function emitIsoBios(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  await writeDisc(system, '.iso', { bios: true, efi: false }, artifacts, ctx);
}

/** Writes NAME-efi.iso for UEFI alone. */
export async function emitIsoEfi(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  await writeDisc(system, '-efi.iso', { bios: false, efi: true }, artifacts, ctx);
}

/** Writes NAME-efi-initrd.iso, which is the same with the system in the initrd. */
export async function emitIsoEfiInitrd(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  await writeDisc(system, '-efi-initrd.iso', { bios: false, efi: true }, artifacts, ctx);
}

async function writeDisc(
  system: BootableSystem,
  suffix: string,
  firmware: DiscFirmware,
  artifacts: Artifacts,
  ctx: BuildContext,
): Promise<void> {
  const boot = await system.bootFiles();
  const uki = firmware.efi ? await unifiedKernelImage(boot, ctx) : undefined;
  const plan = {
    files: await isoFiles(boot, firmware.bios, ctx.epoch),
    ...(uki !== undefined && { efi: systemPartition(uki, uki.size <= maxFat16 ? 'fat16' : 'fat32') }),
    root: boot.root === undefined ? [] : [rootPartition(boot.root)],
  };
  await artifacts.keep(await artifacts.prepare(suffix, (draft) => writeIso(draft, plan, ctx)));
}
