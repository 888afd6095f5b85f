// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BootEntry } from '../../archive/iso9660/el-torito.ts';
import { isoSector } from '../../archive/iso9660/fields.ts';
import { isoMetadata } from '../../archive/iso9660/volume.ts';
import type { BuildContext } from '../../context.ts';
import { throwIfInterrupted } from '../../oci/interruption.ts';
import { type DiskPartition, type DiskPlan, layOut, writeDisk } from '../disk/raw-disk.ts';
import type { DraftFile } from '../draft-file.ts';
import { appendAll } from '../initrd.ts';
import { Sink } from '../sink.ts';
import type { IsoFiles } from './iso-tree.ts';

const label = 'TSKIT';

/** A disc: its file system, and the partitions behind it. */
export interface IsoPlan {
  readonly files: IsoFiles;
  /** A FAT file system that UEFI boots. */
  readonly efi?: DiskPartition;
  readonly root: readonly DiskPartition[];
}

/**
 * Writes a disc that is a disk as well: a GPT lies in the sixteen sectors that ISO 9660 leaves to others, so that a stick with
 * the same bytes boots, and partitions follow the file system, so that the root is found by its GUID on either.
 */
export async function writeIso(draft: DraftFile, { files, efi, root }: IsoPlan, ctx: BuildContext): Promise<void> {
  const { layout, bios } = files;
  const plan: DiskPlan = {
    partitions: [...(efi === undefined ? [] : [efi]), ...root],
    reserved: layout.sectors * isoSector,
    ...(bios !== undefined && { bootCode: bios.bootCode, isBiosBootable: true }),
  };
  await writeDisk(draft, plan, ctx);
  const disk = layOut(plan);
  const boot: BootEntry[] = [];
  if (bios !== undefined) boot.push({ platform: 'bios', sector: bios.loader.sector, size: bios.loader.size });
  const [first] = disk.partitions;
  if (efi !== undefined && first !== undefined) {
    boot.push({ platform: 'efi', sector: first.offset / isoSector, size: efi.size });
  }
  const sink = new PartSink(draft, systemArea);
  const volume = { label, epoch: ctx.epoch, sectors: disk.size / isoSector, boot };
  for (const piece of isoMetadata(layout, volume)) {
    throwIfInterrupted(ctx.signal);
    await sink.write(piece);
  }
  for (const { inode, sector } of layout.files) {
    await appendAll(new PartSink(draft, sector * isoSector), files.contentsOf(inode), ctx);
  }
}

const systemArea = 16 * isoSector;

/** Writes into a part of a draft, from a position on. */
class PartSink extends Sink {
  readonly #draft: DraftFile;
  readonly #start: number;
  #size = 0;

  constructor(draft: DraftFile, start: number) {
    super();
    this.#draft = draft;
    this.#start = start;
  }

  get size(): number {
    return this.#size;
  }

  /** Nothing was there before. */
  writeZeros(length: number): Promise<void> {
    this.#size += length;
    return Promise.resolve();
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#draft.writeAt(bytes, this.#start + this.#size);
    this.#size += bytes.length;
  }
}
