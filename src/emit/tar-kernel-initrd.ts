// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { tarEnd, tarFileHeader, tarPadding } from '../archive/tar-writer.ts';
import type { BuildContext } from '../context.ts';
import { bytesOf, type Content, contentSize } from '../file-tree.ts';
import type { Artifacts } from './artifacts.ts';
import type { BootableSystem } from './boot-files.ts';
import { appendAll } from './initrd.ts';

/**
 * Writes NAME-initrd.tar with the files that kernel+initrd has, under the names that whoever packs them into an image looks
 * for: `kernel`, `initrd.img`, `cmdline`, and `ucode.cpio`, which is not a part of the initrd here.
 * @throws TskitError `format` for what an initramfs cannot hold, `io`, `store`, and what loading the trees throws.
 */
export async function emitTarKernelInitrd(
  system: BootableSystem,
  artifacts: Artifacts,
  ctx: BuildContext,
): Promise<void> {
  const { kernel, ucode, initrd, cmdline } = await system.bootFiles();
  if (initrd === undefined) throw new Error('boot files without an initrd, where one was asked for');
  const files: (readonly [name: string, contents: readonly Content[]])[] = [
    ['kernel', kernel === undefined ? [] : [kernel]],
    ['initrd.img', initrd.parts],
    ['cmdline', [{ kind: 'inline', data: Buffer.from(cmdline) }]],
    ['ucode.cpio', ucode === undefined ? [] : [ucode]],
  ];
  await artifacts.write('-initrd.tar', async (sink) => {
    for (const [name, contents] of files.filter(([, { length }]) => length > 0)) {
      const size = contents.reduce((sum, content) => sum + contentSize(content), 0);
      await sink.write(tarFileHeader(bytesOf(name), size, ctx.epoch));
      await appendAll(sink, contents, ctx);
      await sink.write(tarPadding(size));
    }
    await sink.write(tarEnd);
  });
}
