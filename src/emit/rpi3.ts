// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { basename, dirname } from 'node:path';
import { tarEnd, tarFileHeader, tarPadding } from '../archive/tar-writer.ts';
import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { bytesOf, type Content, contentSize, type FileTree, type Inode } from '../file-tree.ts';
import { decompressKernel } from '../kernel/payload.ts';
import type { Rootfs } from '../rootfs.ts';
import type { Artifacts } from './artifacts.ts';
import { type BootableSystem, initrdOf, kernelOf } from './boot-files.ts';
import { appendAll } from './initrd.ts';

/** What the firmware reads before anything else (Raspberry Pi documentation, config.txt). */
const configuration = `# Raspberry Pi 3, 64 bit; the serial console is ttyS0, or ttyS1 with a mainline kernel.
arm_64bit=1
enable_uart=1
kernel=kernel8.img
initramfs initrd.img followkernel
`;

/** What a Raspberry Pi 3 loads first from its card, by its own names; Debian has it as raspi-firmware. */
const firmware: readonly string[] = ['bootcode.bin', 'start.elf', 'fixup.dat'];
/** Mainline names device trees by another number of the same chip than the firmware looks for. */
const deviceTree = /^bcm(?:2837|2710)-rpi-(3-[ab][\w-]*|cm3[\w-]*|zero-2[\w-]*)\.dtb$/;
const arm64Magic = 'ARM\x64';

/**
 * Writes NAME.tar: what the first partition of a Raspberry Pi 3's card holds, a FAT file system that the firmware reads: kernel, initrd
 * and command line, and out of the system's own files device trees and the firmware.
 * @throws TskitError `spec` without a kernel, `format` for one of another architecture, `not-found` without a device tree, `io`,
 * `store`, and what making boot files and loading the trees throws.
 */
export async function emitRpi3(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  const files = await system.bootFiles();
  const kernel = await decompressKernel(kernelOf(files, 'rpi3'), 'the kernel', ctx, {
    by: '--format rpi3',
    hint: 'use a kernel for arm64 whose file is an Image or a compressed one',
  });
  checkArm64(kernel);
  const board = await boardFiles(system.rootfs);
  const missing = firmware.filter((name) => !board.has(name));
  if (missing.length > 0) {
    ctx.reporter.warn(
      `--format rpi3: the system brings no ${missing.join(', ')}: put them onto the card, from Debian's raspi-firmware`,
    );
  }
  const entries = new Map<string, readonly Content[]>([
    ['config.txt', [inline(configuration)]],
    ['cmdline.txt', [inline(`${files.cmdline}\n`)]],
    ['kernel8.img', [kernel]],
    ['initrd.img', initrdOf(files).parts],
    ...[...board].map(([name, content]) => [name, [content]] as const),
  ]);
  await artifacts.write('.tar', async (sink) => {
    for (const [name, contents] of [...entries].sort(([one], [other]) => (one < other ? -1 : 1))) {
      const size = contents.reduce((sum, content) => sum + contentSize(content), 0);
      await sink.write(tarFileHeader(bytesOf(name), size, ctx.epoch));
      await appendAll(sink, contents, ctx);
      await sink.write(tarPadding(size));
    }
    await sink.write(tarEnd);
  });
}

/** Device trees under the names that the firmware looks for, and the firmware, wherever a distribution keeps them. */
async function boardFiles({ trees }: Rootfs): Promise<ReadonlyMap<string, Content>> {
  const found = new Map<string, Content>();
  for (const { prefix, tree } of trees) {
    if (prefix !== '') continue;
    for (const [path, content] of regularFiles(await tree.load())) {
      const name = basename(path);
      const model = deviceTree.exec(name)?.[1];
      if (model !== undefined) found.set(`bcm2710-rpi-${model}.dtb`, content);
      if (firmware.includes(name) && /(^|\/)(boot|firmware|raspi-firmware)$/.test(dirname(path))) {
        found.set(name, content);
      }
    }
  }
  if ([...found.keys()].some((name) => name.endsWith('.dtb'))) return found;
  throw new TskitError('not-found', '--format rpi3: expected device trees (bcm2837-rpi-3-b.dtb), found none', {
    hint: 'use a kernel image whose kernel.tar brings them, as those of Debian for arm64 do below /usr/lib/linux-image-…/broadcom',
  });
}

function* regularFiles(tree: FileTree): Generator<readonly [path: string, content: Content]> {
  for (const path of [...tree.keys()].sort()) {
    const inode: Inode | undefined = tree.get(path);
    if (inode?.type === 'file') yield [path, inode.content];
  }
}

/** The magic of an Image (Documentation/arch/arm64/booting.rst). */
function checkArm64(kernel: Content): void {
  using reader = new ContentReader();
  const start = reader.part(kernel, 0, Math.min(64, contentSize(kernel)));
  if (start.toString('latin1', 56, 60) === arm64Magic) return;
  throw new TskitError('format', '--format rpi3: expected a kernel for arm64, found another one', {
    hint: 'build with `--arch arm64` and a kernel image for it',
  });
}

function inline(value: string): Content {
  return { kind: 'inline', data: Buffer.from(value) };
}
