// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { access, constants } from 'node:fs/promises';
import { TskitError } from '../errors.ts';
import { findProgram } from '../find-program.ts';

/** Something of another project that a format is made with. */
export interface Tool {
  /** What it is for, behind "to": "make the EFI system partition". */
  readonly purpose: string;
  /** Debian's package that brings it. */
  readonly debianPackage: string;
  /** Asks a program for its version. A tool without is no program but a file, and its name a path. */
  readonly version?: readonly string[];
}

/** A program by its name, a file by its path. */
export type ToolName =
  | 'mkfs.fat'
  | 'mmd'
  | 'mcopy'
  | 'mdir'
  | 'mattrib'
  | 'mmove'
  | 'syslinux'
  | '/usr/lib/syslinux/mbr/gptmbr.bin'
  | '/usr/lib/syslinux/modules/bios/ldlinux.c32'
  | '/usr/lib/ISOLINUX/isolinux.bin'
  | '/usr/lib/ISOLINUX/isohdpfx.bin'
  | 'mksquashfs'
  | 'fakeroot'
  | 'mke2fs'
  | '/usr/lib/systemd/boot/efi/linuxx64.efi.stub';

/** Every program and file that is not ours and that some format needs: the one place to add another. */
export const tools: Readonly<Record<ToolName, Tool>> = {
  'mkfs.fat': { purpose: 'make a FAT file system', debianPackage: 'dosfstools', version: ['--help'] },
  mmd: { purpose: 'make folders in a FAT file system', debianPackage: 'mtools', version: ['--version'] },
  mcopy: { purpose: 'copy files into a FAT file system', debianPackage: 'mtools', version: ['--version'] },
  mdir: { purpose: 'check what a FAT file system holds', debianPackage: 'mtools', version: ['--version'] },
  mattrib: { purpose: 'hide the boot loader', debianPackage: 'mtools', version: ['--version'] },
  mmove: { purpose: 'put the boot loader into its place', debianPackage: 'mtools', version: ['--version'] },
  mksquashfs: { purpose: 'make a SquashFS file system', debianPackage: 'squashfs-tools', version: ['-version'] },
  fakeroot: {
    purpose: 'have mksquashfs write the same for every user',
    debianPackage: 'fakeroot',
    version: ['--version'],
  },
  syslinux: { purpose: 'install a boot loader for BIOS', debianPackage: 'syslinux', version: ['--version'] },
  '/usr/lib/syslinux/mbr/gptmbr.bin': { purpose: 'boot a partition from BIOS', debianPackage: 'syslinux-common' },
  '/usr/lib/syslinux/modules/bios/ldlinux.c32': {
    purpose: 'start a kernel from BIOS',
    debianPackage: 'syslinux-common',
  },
  '/usr/lib/ISOLINUX/isolinux.bin': { purpose: 'boot a disc from BIOS', debianPackage: 'isolinux' },
  '/usr/lib/ISOLINUX/isohdpfx.bin': { purpose: 'boot a disc as a disk from BIOS', debianPackage: 'isolinux' },
  mke2fs: { purpose: 'make an ext4 file system', debianPackage: 'e2fsprogs', version: ['-V'] },
  '/usr/lib/systemd/boot/efi/linuxx64.efi.stub': {
    purpose: 'start a kernel from UEFI',
    debianPackage: 'systemd-boot-efi',
  },
};

/** The code of a disk's first sector: it starts the partition that is marked for it. */
export const biosDiskCode: ToolName = '/usr/lib/syslinux/mbr/gptmbr.bin';

/** What the BIOS loads of a disc, the part of it that knows file systems, and the code for when the disc is a disk. */
export const biosDiscLoader: ToolName = '/usr/lib/ISOLINUX/isolinux.bin';
export const biosDiscCore: ToolName = '/usr/lib/syslinux/modules/bios/ldlinux.c32';
export const biosDiscCode: ToolName = '/usr/lib/ISOLINUX/isohdpfx.bin';

/** What a disc that a BIOS boots takes. */
export const biosDiscTools: readonly ToolName[] = [biosDiscLoader, biosDiscCore, biosDiscCode];

/** What starts the sections of a unified kernel image. */
export const efiStub: ToolName = '/usr/lib/systemd/boot/efi/linuxx64.efi.stub';
/** What a FAT file system takes. */
export const fatTools: readonly ToolName[] = ['mkfs.fat', 'mmd', 'mcopy', 'mdir'];

/** What a disk that a BIOS boots takes; Syslinux runs programs of mtools. */
export const biosDiskTools: readonly ToolName[] = [...fatTools, 'mattrib', 'mmove', 'syslinux', biosDiskCode];

/** Where programs are looked for: file systems are made in folders that only root's PATH has. */
export function toolPath(): string {
  return [process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(':');
}

/**
 * Checks that tools are there, before any work is done for what needs them.
 * @param what names what needs them, for the message: `--format raw-efi`
 * @throws TskitError `not-found` that names every missing one and the packages that bring them.
 */
export async function requireTools(what: string, names: Iterable<ToolName>): Promise<void> {
  const missing: ToolName[] = [];
  for (const name of new Set(names)) {
    if (!(await isThere(name))) missing.push(name);
  }
  if (missing.length === 0) return;
  const expected = missing.map((name) => `"${name}" to ${tools[name].purpose}`).join(', ');
  const packages = [...new Set(missing.map((name) => tools[name].debianPackage))].sort().join(' ');
  throw new TskitError('not-found', `${what}: expected ${expected}, found none in PATH or at that place`, {
    hint: `install what is missing: \`apt-get install ${packages}\``,
  });
}

async function isThere(name: ToolName): Promise<boolean> {
  if (tools[name].version !== undefined) return (await findProgram(name, toolPath())) !== undefined;
  return await access(name, constants.R_OK).then(
    () => true,
    () => false,
  );
}
