// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type FileHandle, open } from 'node:fs/promises';
import { partitionTypes } from '../archive/gpt.ts';
import { guidBytes } from '../archive/guid.ts';
import type { BootMedia, Firmware } from './boot-media.ts';

/** Types of partitions as they stand in a GPT, in hex. */
const [systemPartition, biosPartition, rootPartition] = [
  partitionTypes.efiSystem,
  partitionTypes.biosBoot,
  partitionTypes.rootX86_64,
].map((type) => guidBytes(type).toString('hex')) as [string, string, string];
const sector = 512;
/** ISO 9660 counts in these. */
const isoSector = 2048;
/** El Torito: platform of a section of the boot catalog (2.2 and 2.3). */
const efiPlatform = 0xef;

/** What is on an image that boots. */
export interface BootSupport {
  readonly firmware: ReadonlySet<Firmware>;
  /** There is a partition with a root, so that the memory need not hold it. */
  readonly hasRoot: boolean;
}

/** What a raw disk or an ISO can boot with; undefined for a format whose inside is not read here. */
export async function readBootSupport(file: string, media: BootMedia): Promise<BootSupport | undefined> {
  if (media.kind === 'efi') return { firmware: new Set(['uefi']), hasRoot: false };
  await using handle = await open(file);
  if (media.kind === 'iso') {
    const { hasRoot } = await supportOfDisk(handle);
    return { firmware: await firmwareOfIso(handle), hasRoot };
  }
  if (media.format === 'raw') return await supportOfDisk(handle);
  // A fixed VHD is a raw disk and a footer.
  if (media.format === 'vpc' && !(await read(handle, 0, 8)).equals(Buffer.from('conectix')))
    return await supportOfDisk(handle);
  return undefined;
}

async function supportOfDisk(handle: FileHandle): Promise<BootSupport> {
  const firmware = new Set<Firmware>();
  const head = await read(handle, 0, 2 * sector);
  const types = await gptTypes(handle, head.subarray(sector));
  if (types.has(systemPartition) || hasMbrSystemPartition(head)) firmware.add('uefi');
  // A disk for UEFI alone has no code in its first sector.
  if (types.has(biosPartition) || head.subarray(0, 440).some((byte) => byte !== 0)) firmware.add('bios');
  return { firmware, hasRoot: types.has(rootPartition) };
}

function hasMbrSystemPartition(head: Buffer): boolean {
  return [0, 1, 2, 3].some((index) => head[446 + 16 * index + 4] === 0xef);
}

async function gptTypes(handle: FileHandle, header: Buffer): Promise<ReadonlySet<string>> {
  if (header.toString('latin1', 0, 8) !== 'EFI PART') return new Set();
  const [start, count, size] = [header.readBigUInt64LE(72), header.readUInt32LE(80), header.readUInt32LE(84)];
  if (start > 1n << 20n || count > 1024 || size < 128 || size > 4096) return new Set();
  const entries = await read(handle, Number(start) * sector, count * size);
  const types = Array.from({ length: Math.floor(entries.length / size) }, (_, index) =>
    entries.toString('hex', index * size, index * size + 16),
  );
  return new Set(types);
}

/** The boot catalog: a validation entry, a default entry, then a header and entries for each further platform. */
async function firmwareOfIso(handle: FileHandle): Promise<ReadonlySet<Firmware>> {
  const record = await read(handle, 17 * isoSector, isoSector);
  if (record.toString('latin1', 7, 30) !== 'EL TORITO SPECIFICATION') return new Set();
  const catalog = await read(handle, record.readUInt32LE(0x47) * isoSector, isoSector);
  const platforms = new Set<number>();
  if (catalog[0] === 1) platforms.add(catalog[1] ?? 0);
  for (let at = 64; at + 32 <= catalog.length; at += 32) {
    if (catalog[at] === 0x90 || catalog[at] === 0x91) platforms.add(catalog[at + 1] ?? 0);
  }
  return new Set([...platforms].map((platform) => (platform === efiPlatform ? 'uefi' : 'bios')));
}

async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(length), position });
  return bytesRead === length ? buffer : Buffer.concat([buffer.subarray(0, bytesRead)], length);
}
