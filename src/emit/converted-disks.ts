// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { DiskMap, SparseChunk } from '../archive/disk-image.ts';
import { encodeSparseTar } from '../archive/gnu-sparse-tar.ts';
import { gzip } from '../archive/gzip.ts';
import { encodeQcow2 } from '../archive/qcow2.ts';
import { encodeDynamicVhd, encodeFixedVhd } from '../archive/vhd.ts';
import { encodeVhdx } from '../archive/vhdx.ts';
import { encodeVmdk } from '../archive/vmdk.ts';
import type { BuildContext } from '../context.ts';
import type { Artifacts } from './artifacts.ts';
import type { BootableSystem, BootFiles } from './boot-files.ts';
import { cloudDisk } from './disk/cloud-disk.ts';
import { mapPrepared, type PreparedDisk } from './disk/prepared-disk.ts';
import type { Emitter } from './formats.ts';
import { biosDisk } from './raw-bios.ts';
import { efiDisk } from './raw-efi.ts';

// Formats that are a disk in another shape. The disk is written once, under a name that is not kept unless a format is the disk
// itself, and each of these reads it: none of them needs another program, and none holds a clock or a random number.

type MakeDisk = (
  files: BootFiles,
  size: number | undefined,
  artifacts: Artifacts,
  ctx: BuildContext,
) => Promise<PreparedDisk>;
type Encode = (map: DiskMap, ctx: BuildContext) => Iterable<SparseChunk> | AsyncIterable<SparseChunk>;

interface Conversion {
  readonly suffix: string;
  readonly disk: MakeDisk;
  /** The size of the disk is a multiple of it, in bytes. */
  readonly unit: number;
  readonly encode: Encode;
}

const mebibyte = 1 << 20;
const gibibyte = 1 << 30;

/** NAME-efi.qcow2, for QEMU with UEFI. */
export const emitQcow2Efi: Emitter = emitterOf({
  suffix: '-efi.qcow2',
  disk: efiDisk,
  unit: mebibyte,
  encode: encodeQcow2,
});

/** NAME.qcow2, for QEMU with a BIOS. */
export const emitQcow2Bios: Emitter = emitterOf({
  suffix: '.qcow2',
  disk: biosDisk,
  unit: mebibyte,
  encode: encodeQcow2,
});

/** NAME-openstack.qcow2: flavours of OpenStack have either firmware. */
export const emitOpenstack: Emitter = emitterOf({
  suffix: '-openstack.qcow2',
  disk: cloudDisk,
  unit: mebibyte,
  encode: encodeQcow2,
});

/** NAME.vmdk, stream-optimized, as VMware's and others' imports take it. */
export const emitVmdk: Emitter = emitterOf({ suffix: '.vmdk', disk: cloudDisk, unit: mebibyte, encode: encodeVmdk });

/** NAME.vhd, fixed: the disk and a footer. */
export const emitVhd: Emitter = emitterOf({ suffix: '.vhd', disk: cloudDisk, unit: mebibyte, encode: encodeFixedVhd });

/** NAME.vhd, with the blocks that hold something. */
export const emitDynamicVhd: Emitter = emitterOf({
  suffix: '.vhd',
  disk: cloudDisk,
  unit: mebibyte,
  encode: encodeDynamicVhd,
});

/** NAME.vhdx, for Hyper-V. */
export const emitVhdx: Emitter = emitterOf({ suffix: '.vhdx', disk: cloudDisk, unit: mebibyte, encode: encodeVhdx });

/** NAME-azure.vhd: a fixed VHD whose disk has a whole number of MiB, which Azure insists on. */
export const emitAzure: Emitter = emitterOf({
  suffix: '-azure.vhd',
  disk: cloudDisk,
  unit: mebibyte,
  encode: encodeFixedVhd,
});

/** NAME.img.tar.gz, for Google Compute Engine: disk.raw, of a whole number of GiB, in a sparse tar of the old GNU format. */
export const emitGcp: Emitter = emitterOf({
  suffix: '.img.tar.gz',
  disk: cloudDisk,
  unit: gibibyte,
  encode: (map, { epoch }) => gzip(encodeSparseTar(map, 'disk.raw', epoch)),
});

/** NAME.raw, for AWS: the disk itself, which `import-snapshot` takes. */
export const emitAws: Emitter = async (system: BootableSystem, artifacts: Artifacts, ctx: BuildContext) => {
  const { draft } = await cloudDisk(await system.bootFiles(), system.size, artifacts, ctx);
  await artifacts.keep(draft);
};

function emitterOf({ suffix, disk, unit, encode }: Conversion): Emitter {
  return async (system, artifacts, ctx) => {
    const prepared = await disk(await system.bootFiles(), system.size, artifacts, ctx);
    const map = await mapPrepared(prepared, unit, ctx);
    await artifacts.write(suffix, (sink) => sink.writeAll(encode(map, ctx), ctx.signal));
  };
}
