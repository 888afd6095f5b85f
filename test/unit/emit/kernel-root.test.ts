// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { decideInitrd, kernelRootOptions, type RootName } from '../../../src/emit/kernel-root.ts';
import type { RootImage } from '../../../src/emit/root-image.ts';
import type { RootChoice, Rootfs } from '../../../src/rootfs.ts';
import { rootfsOf } from '../../support/trees.ts';

const builtIn = {
  CONFIG_EROFS_FS: 'y',
  CONFIG_DEVTMPFS: 'y',
  CONFIG_BLK_DEV_DM: 'y',
  CONFIG_DM_INIT: 'y',
  CONFIG_DM_VERITY: 'y',
  CONFIG_CRYPTO_SHA256: 'y',
  CONFIG_EFI_PARTITION: 'y',
  CONFIG_VIRTIO_BLK: 'y',
};

interface Parts {
  readonly choice?: Partial<RootChoice>;
  readonly values?: Readonly<Record<string, string>> | undefined;
  readonly diskModules?: readonly string[];
}

function system({ choice = {}, values = builtIn, diskModules = [] }: Parts): Rootfs {
  const made = rootfsOf([]);
  return {
    ...made,
    root: { type: 'erofs', verity: true, initrd: 'auto', onCorruption: 'panic', ...choice },
    finder: { ...made.finder, diskModules: () => Promise.resolve(diskModules) },
    kernelOptions: () => Promise.resolve({ source: '"/config"', values }),
  };
}

describe('whether an initrd finds the root', () => {
  test('none does where the kernel has all of it compiled in and no driver of a disk as a module', async () => {
    expect(await decideInitrd(system({}), 'partition')).toEqual({
      isNeeded: false,
      reason: 'since the kernel has compiled in what it takes',
    });
    expect((await decideInitrd(system({}), 'disk')).isNeeded).toBe(false);
  });

  test.each<[string, Parts, RootName, string]>([
    ['the spec wants one', { choice: { initrd: true } }, 'partition', 'as the spec says'],
    ['it is a disc', {}, 'nothing', 'since the kernel reads no partition table of a disc'],
    ['the disk has no partitions', {}, 'machine-disk', 'since what the machine calls the disk is not known'],
    [
      'the machine may need a module',
      { diskModules: ['ahci', 'nvme', 'uas', 'sd_mod'] },
      'partition',
      'since drivers of disks are modules: ahci, nvme and 2 more',
    ],
    ...['CONFIG_DM_INIT', 'CONFIG_DM_VERITY', 'CONFIG_EROFS_FS', 'CONFIG_EFI_PARTITION', 'CONFIG_CRYPTO_SHA256'].map(
      (option): [string, Parts, RootName, string] => [
        `${option} is a module`,
        { values: { ...builtIn, [option]: 'm' } },
        'partition',
        `since the kernel has not compiled in ${option}`,
      ],
    ),
    ...['CONFIG_USB_STORAGE', 'CONFIG_MMC_BLOCK'].map((option): [string, Parts, RootName, string] => [
      `${option} may bring the disk late`,
      { values: { ...builtIn, [option]: 'y' } },
      'partition',
      'since a disk of USB or an SD card may come late',
    ]),
    [
      'there is no disk',
      { values: { ...builtIn, CONFIG_VIRTIO_BLK: 'm' } },
      'partition',
      'since the kernel has compiled in no driver of disks',
    ],
  ])('one does when %s', async (_, parts, name, reason) => {
    expect(await decideInitrd(system(parts), name)).toEqual({ isNeeded: true, reason });
  });

  test('one does for a kernel of which nothing is known, and for CPU microcode', async () => {
    const { kernelOptions: _, ...unknown } = system({});
    expect(await decideInitrd(unknown, 'partition')).toMatchObject({ isNeeded: true });
    const ucode = { key: 'u', label: 'u', load: () => Promise.reject(new Error('not loaded')) };
    expect(await decideInitrd({ ...system({}), ucode }, 'partition')).toMatchObject({
      isNeeded: true,
      reason: 'since CPU microcode comes in one',
    });
  });

  test('a root that is not verified needs no device mapper, and a disk without partitions no table', async () => {
    const few = { CONFIG_EROFS_FS: 'y', CONFIG_DEVTMPFS: 'y', CONFIG_BLK_DEV_NVME: 'y' };
    expect(await decideInitrd(system({ choice: { verity: false }, values: few }), 'disk')).toMatchObject({
      isNeeded: false,
    });
  });

  test('a root that is not verified is waited for by any kernel', async () => {
    const values = { ...builtIn, CONFIG_USB_STORAGE: 'y' };
    expect(await decideInitrd(system({ choice: { verity: false }, values }), 'partition')).toMatchObject({
      isNeeded: false,
    });
  });

  test('a spec that wants none has none where modules or names alone are in the way, and is refused where options are', async () => {
    const choice = { initrd: false };
    expect(await decideInitrd(system({ choice, diskModules: ['ahci'] }), 'partition')).toMatchObject({
      isNeeded: false,
    });
    expect(await decideInitrd(system({ choice }), 'machine-disk')).toMatchObject({ isNeeded: false });
    expect(await decideInitrd(system({ choice }), 'nothing')).toMatchObject({ isNeeded: true });
    await expect(
      decideInitrd(system({ choice, values: { ...builtIn, CONFIG_DM_INIT: 'n' } }), 'partition'),
    ).rejects.toThrow(
      'root.initrd: expected a kernel that mounts its root by itself, found none since the kernel has not compiled in CONFIG_DM_INIT',
    );
  });
});

describe('the command line of a root that the kernel mounts', () => {
  const image: RootImage = {
    file: '',
    size: 3 * 4096,
    fsSize: 8192,
    rootHash: 'ab'.repeat(32),
    salt: '',
    partUuid: 'p',
    fsUuid: 'f',
  };

  test('has a device with the table of dm-verity over the partition, which is waited for', () => {
    expect(kernelRootOptions(system({ choice: { onCorruption: 'restart' } }), image, 'partition').join(' ')).toBe(
      'tskit.root=PARTUUID=p,UUID=f ' +
        'dm-mod.create="tskit-root,CRYPT-VERITY-tskit-root,,ro,0 16 verity 1 PARTUUID=p PARTUUID=p 4096 4096 2 3 ' +
        `sha256 ${'ab'.repeat(32)} - 1 restart_on_corruption" ` +
        'dm-mod.waitfor=PARTUUID=p root=/dev/dm-0 ro rootfstype=erofs init=/init',
    );
  });

  test('names the first disk where there is no partition, and mounts it when it is not verified', () => {
    expect(kernelRootOptions(system({}), image, 'disk').join(' ')).toContain(' verity 1 /dev/vda /dev/vda 4096');
    expect(kernelRootOptions(system({ choice: { verity: false } }), image, 'machine-disk').join(' ')).toBe(
      'tskit.root=PARTUUID=p,UUID=f root=/dev/vda rootwait ro rootfstype=erofs init=/init',
    );
  });
});
