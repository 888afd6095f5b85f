// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkTools } from '../../src/emit/check-formats.ts';
import { emit } from '../../src/emit/emit.ts';
import { testContext } from '../support/build-context.ts';
import { bootingKernel, bootingRootfs } from '../support/booting-rootfs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

async function build(format: string, rootfs = bootingRootfs(), size?: number): Promise<string> {
  const target = { formats: [format], name: 'os', dir: folder.path, ...(size !== undefined && { size }) };
  const [path] = await emit(rootfs, target, testContext(join(folder.path, 'cache')));
  return path ?? '';
}

/** What a judge prints; it throws when the judge is not content. */
function judged(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('raw-bios', () => {
  test('is a disk that sgdisk and fsck.vfat find no fault with, with what Syslinux needs', async () => {
    const disk = await build('raw-bios');
    expect(judged('sgdisk', '--verify', disk)).toContain('No problems found');
    expect(judged('sgdisk', '--attributes=1:show', disk)).toContain('1:2:1 (legacy BIOS bootable)');
    const part = join(folder.path, 'part.img');
    writeFileSync(part, readFileSync(disk).subarray(1 << 20));
    expect(judged('fsck.vfat', '-n', '-v', part)).toMatch(/6 files/);
    const files = judged('mdir', '-a', '-b', '-i', `${disk}@@1M`, '::/');
    expect(files.toLowerCase().split('\n').sort()).toEqual(
      [
        '',
        ...['initrd.img', 'kernel', 'ldlinux.c32', 'ldlinux.sys', 'syslinux.cfg'].map((name) => `::/${name}`),
      ].sort(),
    );
    const read = execFileSync('mcopy', ['-n', '-i', `${disk}@@1M`, '::/kernel', '-'], { maxBuffer: 1 << 25 });
    expect(read.equals(bootingKernel)).toBe(true);
  });

  test('is as large as its contents, or as --size says', async () => {
    const small = statSync(await build('raw-bios')).size;
    expect(small).toBeLessThan(8 << 20);
    expect(statSync(await build('raw-bios', bootingRootfs(), 64 << 20)).size).toBe(64 << 20);
    await expect(build('raw-bios', bootingRootfs(), 1 << 20)).rejects.toThrow(/--size: expected at least \d+M/);
  });

  test('marks an entry of its MBR as active, and not the protective one', async () => {
    const mbr = readFileSync(await build('raw-bios')).subarray(0, 512);
    const entries = [0, 1, 2, 3].map((index) => mbr.subarray(446 + 16 * index, 462 + 16 * index));
    expect(entries.map((entry) => entry[0])).toEqual([0, 0x80, 0, 0]);
    expect(entries[0]?.[4]).toBe(0xee);
  });

  test('is refused without a kernel and without its tools', async () => {
    const { kernel: _, ...without } = bootingRootfs();
    await expect(build('raw-bios', without)).rejects.toThrow(
      /format "raw-bios": expected a kernel to boot, found none/,
    );
    vi.stubEnv('PATH', folder.path);
    await expect(checkTools(['raw-bios'])).rejects.toMatchObject({
      message: expect.stringMatching(/--format raw-bios: expected .*"syslinux" to install a boot loader for BIOS/),
      hint: expect.stringMatching(/apt-get install .*syslinux/),
    });
  });

  test('is refused when the boot loader did not get there', async () => {
    const fake = join(folder.path, 'syslinux');
    writeFileSync(fake, '#!/bin/sh\nexit 0\n');
    chmodSync(fake, 0o755);
    vi.stubEnv('PATH', `${folder.path}:${process.env['PATH']}`);
    await expect(build('raw-bios')).rejects.toThrow(/installing the boot loader: syslinux.*expected "ldlinux.sys"/);
  });
});

/** What xorriso says of a disc: its boot images and all files. */
function reportOf(image: string): string {
  return judged('xorriso', '-indev', image, '-report_el_torito', 'plain', '-find', '/', '-exec', 'lsdl');
}

describe('a disc', () => {
  test.each(['iso-bios', 'iso', 'iso-efi', 'iso-efi-initrd'])(
    'of format %s is a disk that sgdisk finds no fault with, and says how long it is',
    async (format) => {
      const image = await build(format);
      expect(judged('sgdisk', '--verify', image)).toContain('No problems found');
      // What lies in front of the partitions is not free for others.
      const [, firstUsable] = /First usable sector is (\d+)/.exec(judged('sgdisk', '--print', image)) ?? [];
      const records = judged('isoinfo', '-l', '-i', image);
      const files = [...records.matchAll(/ (\d+) \w{3} +\d+ \d{4} \[ *(\d+) \d\d\]/g)];
      const ends = files.map(([, size, sector]) => Number(sector) * 2048 + Number(size));
      expect(Number(firstUsable) * 512).toBeGreaterThanOrEqual(Math.max(...ends));
      expect(judged('isoinfo', '-d', '-i', image)).toContain(`Volume size is: ${statSync(image).size / 2048}\n`);
      expect(await build(format)).toBe(image);
    },
  );

  test('for BIOS is what xorriso finds bootable and unpacks', async () => {
    const image = await build('iso-bios');
    const report = reportOf(image);
    expect(report).toMatch(/El Torito boot img : +1 +BIOS +y +none/);
    expect(report).not.toContain('UEFI');
    expect(report).toContain('El Torito img path :   1  /isolinux/isolinux.bin');
    expect(report).toContain('boot-info-table isohybrid-suitable');
    expect(report).toMatch(new RegExp(` ${bootingKernel.length} .*'/boot/kernel'`));
    const out = join(folder.path, 'kernel');
    judged('xorriso', '-osirrox', 'on', '-indev', image, '-extract', '/boot/kernel', out);
    expect(readFileSync(out).equals(bootingKernel)).toBe(true);
  });

  test.each([
    ['iso', 2],
    ['iso-efi', 1],
    ['iso-efi-initrd', 1],
  ])('of format %s leads UEFI to its system partition, which fsck.vfat finds no fault with', async (format, number) => {
    const image = await build(format);
    const [, sector] =
      new RegExp(`El Torito boot img : +${number} +UEFI +y +none .* (\\d+)$`, 'm').exec(reportOf(image)) ?? [];
    const [, first, end] =
      /First sector: (\d+) [\s\S]*Last sector: (\d+) /.exec(judged('sgdisk', '--info=1', image)) ?? [];
    expect(Number(sector) * 4).toBe(Number(first));
    const part = join(folder.path, 'part.img');
    writeFileSync(part, readFileSync(image).subarray(Number(first) * 512, (Number(end) + 1) * 512));
    judged('fsck.vfat', '-n', part);
    expect(judged('mdir', '-b', '-i', part, '::/EFI/BOOT').trim()).toBe('::/EFI/BOOT/BOOTX64.EFI');
  });
});
