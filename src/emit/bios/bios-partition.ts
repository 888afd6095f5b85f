// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { partitionTypes } from '../../archive/gpt.ts';
import type { BuildContext } from '../../context.ts';
import { contentSize } from '../../file-tree.ts';
import { type BootFiles, kernelOf, wholeInitrd } from '../boot-files.ts';
import { derivedGuid, derivedSerial } from '../disk/derived-guid.ts';
import { type FatFile, writeFat } from '../disk/fat.ts';
import { fatLayout, type FatType } from '../disk/fat-layout.ts';
import type { DiskPartition } from '../disk/raw-disk.ts';
import { appendAll } from '../initrd.ts';
import { runTool, toolError } from '../run-tool.ts';
import type { DraftFile } from '../draft-file.ts';
import { syslinuxConfig } from './syslinux-config.ts';

/** What the code in the first sector looks for (UEFI specification 5.3.3, table of attributes: "Legacy BIOS Bootable"). */
const legacyBootable = 1n << 2n;
/** Room for what Syslinux adds: ldlinux.sys and ldlinux.c32 have 180 KB. */
const loaderRoom = { path: 'ldlinux.sys', size: 512 << 10 } as const;
/** Above it FAT16 would need clusters that some readers do not take. */
const maxFat16 = 1 << 30;

/**
 * The partition that a BIOS boots: kernel, initrd and command line in a FAT file system with Syslinux. It was chosen over GRUB since
 * it passes the command line on as it is (GRUB 2 adds quotes and backslashes of its own), reads several times faster with a
 * BIOS's calls, and serves discs as ISOLINUX.
 * @throws TskitError `spec` without a kernel, `format` for what a FAT file system or the command line cannot hold.
 */
export function biosPartition(files: BootFiles, key: string): DiskPartition {
  const initrd = wholeInitrd(files);
  const kernel = kernelOf(files, 'raw-bios');
  const config = Buffer.from(
    syslinuxConfig({ kernel: '/kernel', ...(initrd && { initrd: '/initrd.img' }), cmdline: files.cmdline }),
  );
  const contents = [
    { path: 'syslinux.cfg', size: config.length, parts: [{ kind: 'inline', data: config }] },
    { path: 'kernel', size: contentSize(kernel), parts: [kernel] },
    ...(initrd === undefined ? [] : [{ path: 'initrd.img', size: initrd.size, parts: initrd.parts } as const]),
  ] as const;
  const type: FatType = contents.reduce((sum, { size }) => sum + size, 0) <= maxFat16 ? 'fat16' : 'fat32';
  const layout = fatLayout([...contents, loaderRoom], type);
  return {
    type: partitionTypes.linuxBoot,
    guid: derivedGuid('bios boot', key),
    name: 'boot',
    attributes: legacyBootable,
    size: layout.size,
    async write(draft, offset, ctx) {
      const fatFiles = contents.map(({ parts, ...file }): FatFile => {
        return { ...file, write: (sink) => appendAll(sink, parts, ctx) };
      });
      const volume = { ...layout, type, label: 'BOOT', serial: derivedSerial('bios boot', key), files: fatFiles };
      await writeFat(draft, offset, volume, ctx);
      await installLoader(draft, offset, ctx);
    },
  };
}

/** Syslinux ends with 0 also when mtools did not do all that it was told: its file is looked for. */
async function installLoader(draft: DraftFile, offset: number, ctx: BuildContext): Promise<void> {
  const act = 'installing the boot loader';
  const disk = '/dev/fd/3';
  const files = [draft.fd];
  await runTool('syslinux', ['--install', '--offset', String(offset), disk], { act, files }, ctx);
  const { stdout } = await runTool('mdir', ['-a', '-b', '-i', `${disk}@@${offset}`, '::/'], { act, files }, ctx);
  const found = stdout.toString('latin1');
  if (!/ldlinux\.sys/i.test(found) || !/ldlinux\.c32/i.test(found)) {
    throw await toolError('syslinux', act, `expected "ldlinux.sys" and "ldlinux.c32" in the result, found ${found}`);
  }
}
