// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BootEntry } from '../../archive/iso9660/el-torito.ts';
import { isoSector } from '../../archive/iso9660/fields.ts';
import type { IsoLayout, PlacedFile } from '../../archive/iso9660/layout.ts';
import { isoMetadata, type IsoVolume } from '../../archive/iso9660/volume.ts';
import { ChunkBuffer } from '../../archive/chunk-buffer.ts';
import { ContentReader } from '../../content.ts';
import type { BuildContext } from '../../context.ts';
import type { Content } from '../../file-tree.ts';
import { throwIfInterrupted } from '../../oci/interruption.ts';
import { type DiskPartition, type DiskPlan, layOut, writeDisk } from '../disk/raw-disk.ts';
import type { DraftFile } from '../draft-file.ts';
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
  const volume = { label, epoch: ctx.epoch, sectors: disk.size / isoSector, boot };
  await writeFileSystem(draft, layout, volume, ({ inode }) => files.contentsOf(inode), ctx);
}

/**
 * Writes a file system that is laid out into a draft that is as long as it will be: everything but the sixteen sectors before the
 * first descriptor.
 */
export async function writeFileSystem(
  draft: DraftFile,
  layout: IsoLayout,
  volume: IsoVolume,
  contentsOf: (file: PlacedFile) => readonly Content[],
  ctx: BuildContext,
): Promise<void> {
  let at = systemArea * isoSector;
  const write = async (chunks: Iterable<Buffer>): Promise<void> => {
    for (const chunk of chunks) {
      throwIfInterrupted(ctx.signal);
      await draft.writeAt(chunk, at);
      at += chunk.length;
    }
  };
  await write(isoMetadata(layout, volume));
  await write(fileChunks(layout.files, contentsOf));
}

/** All contents from the first one on, each up to the end of its last sector. Chunks are valid as ChunkBuffer says. */
function* fileChunks(
  files: readonly PlacedFile[],
  contentsOf: (file: PlacedFile) => readonly Content[],
): Generator<Buffer> {
  using reader = new ContentReader();
  const out = new ChunkBuffer();
  for (const file of files) {
    for (const content of contentsOf(file)) yield* out.appendContent(content, reader);
    yield* out.append(Buffer.alloc(-file.size & (isoSector - 1)));
  }
  yield out.rest();
}

const systemArea = 16;
