// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A root that the kernel mounts by itself, with no initrd before it.

import { rootOption } from '../../init/contract/paths.ts';
import { TskitError } from '../errors.ts';
import type { Rootfs } from '../rootfs.ts';
import type { RootImage } from './root-image.ts';

/**
 * What the kernel can know the root image by in a format: the `partition` that it is, which has its GUID; the `disk` that it is, the
 * first of virtio; `nothing`, since the kernel reads no partition table there.
 */
export type RootName = 'partition' | 'disk' | 'machine-disk' | 'nothing';

/** Whether there is an initrd, and why, in words that follow a comma. */
export interface InitrdDecision {
  readonly isNeeded: boolean;
  readonly reason: string;
}

/** What has to be compiled in for any root, and further for one that is verified. */
const rootOptions = ['CONFIG_EROFS_FS', 'CONFIG_DEVTMPFS'];
const verityOptions = ['CONFIG_BLK_DEV_DM', 'CONFIG_DM_INIT', 'CONFIG_DM_VERITY', 'CONFIG_CRYPTO_SHA256'];
/** One of them has to be there, or there is no disk at all. */
const diskOptions = [
  'CONFIG_VIRTIO_BLK',
  'CONFIG_BLK_DEV_SD',
  'CONFIG_BLK_DEV_NVME',
  'CONFIG_XEN_BLKDEV_FRONTEND',
  'CONFIG_MMC_BLOCK',
];

/** Drivers of disks that come when the kernel has started long ago. */
const lateDiskOptions = ['CONFIG_USB_STORAGE', 'CONFIG_MMC_BLOCK'];

/**
 * Decides whether a system with its root in a root image has an initrd that finds it. By itself (`root.initrd: auto`) a build goes
 * without where an initrd could do nothing that the kernel cannot: all that it takes is compiled in, no driver of a disk is a module,
 * and the root can be named whatever the machine.
 * @throws TskitError `spec` when the spec wants none and the kernel needs one.
 */
export async function decideInitrd(rootfs: Rootfs, name: RootName): Promise<InitrdDecision> {
  const { initrd: choice } = rootfs.root;
  if (choice === true) return { isNeeded: true, reason: 'as the spec says' };
  if (name === 'nothing') return { isNeeded: true, reason: 'since the kernel reads no partition table of a disc' };
  if (choice === 'auto' && name === 'machine-disk')
    return { isNeeded: true, reason: 'since what the machine calls the disk is not known' };
  const obstacle = await obstacleOf(rootfs, name);
  if (obstacle !== undefined) {
    if (choice === 'auto') return { isNeeded: true, reason: obstacle };
    throw new TskitError(
      'spec',
      `root.initrd: expected a kernel that mounts its root by itself, found none ${obstacle}`,
      {
        hint: 'use a kernel that has all of it compiled in, such as `pkg:kernel-vm`, or say `initrd: auto`',
      },
    );
  }
  if (choice === 'auto') {
    const drivers = await rootfs.finder.diskModules();
    if (drivers.length > 0) return { isNeeded: true, reason: `since drivers of disks are modules: ${someOf(drivers)}` };
    // Which kernel it is nobody says, and before Linux 6.2 none waits for a disk that is to be verified.
    const late = rootfs.root.verity ? await rootfs.kernelOptions?.(lateDiskOptions) : undefined;
    if (late !== undefined && lateDiskOptions.some((option) => late.values[option] === 'y'))
      return { isNeeded: true, reason: 'since a disk of USB or an SD card may come late' };
  }
  return { isNeeded: false, reason: 'since the kernel has compiled in what it takes' };
}

async function obstacleOf(rootfs: Rootfs, name: RootName): Promise<string | undefined> {
  if (rootfs.ucode !== undefined) return 'since CPU microcode comes in one';
  const needed = [
    ...rootOptions,
    ...(rootfs.root.verity ? verityOptions : []),
    ...(name === 'partition' ? ['CONFIG_EFI_PARTITION'] : []),
  ];
  const options = await rootfs.kernelOptions?.([...needed, ...diskOptions]);
  if (options === undefined) return 'since its image has no configuration that says so';
  const missing = needed.filter((option) => options.values[option] !== 'y');
  if (missing.length > 0) return `since the kernel has not compiled in ${missing.join(', ')}`;
  const hasDisk = diskOptions.some((option) => options.values[option] === 'y');
  return hasDisk ? undefined : 'since the kernel has compiled in no driver of disks';
}

/** "ahci, nvme and 3 more" */
function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 2).join(', ');
  return names.length > 2 ? `${shown} and ${names.length - 2} more` : shown;
}

const sectorSize = 512;
const blockSize = 4096;

/**
 * What has the kernel mount the root and start its init (Documentation/admin-guide/device-mapper/dm-init.rst and verity.rst). It waits
 * for the disk from Linux 6.2 on (`dm-mod.waitfor`, which earlier ones pass over), and for drivers that are still looking on any.
 * `tskit.root` is for init: which partition is not for data.
 */
export function kernelRootOptions({ root: choice }: Rootfs, root: RootImage, name: RootName): readonly string[] {
  const device = name === 'partition' ? `PARTUUID=${root.partUuid}` : '/dev/vda';
  const mount = ['ro', 'rootfstype=erofs', 'init=/init'];
  const forInit = `${rootOption}=PARTUUID=${root.partUuid},UUID=${root.fsUuid}`;
  if (!choice.verity) return [forInit, `root=${device}`, 'rootwait', ...mount];
  const blocks = root.fsSize / blockSize;
  const salt = root.salt === '' ? '-' : root.salt;
  const verity = [
    `0 ${root.fsSize / sectorSize} verity 1 ${device} ${device} ${blockSize} ${blockSize} ${blocks} ${blocks + 1}`,
    `sha256 ${root.rootHash} ${salt} 1 ${choice.onCorruption}_on_corruption`,
  ].join(' ');
  return [
    forInit,
    `dm-mod.create="tskit-root,CRYPT-VERITY-tskit-root,,ro,${verity}"`,
    `dm-mod.waitfor=${device}`,
    'root=/dev/dm-0',
    ...mount,
  ];
}
