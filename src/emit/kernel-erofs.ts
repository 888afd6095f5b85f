// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Artifacts } from './artifacts.ts';
import { type BootableSystem, wholeInitrd } from './boot-files.ts';
import { append, appendAll } from './initrd.ts';

/**
 * Writes NAME-kernel, NAME-cmdline and NAME-erofs.img, LinuxKit's format of this name, and NAME-erofs-initrd.img: the small initrd that
 * loads the modules for the disk and sets up dm-verity; the spec may want none.
 * @throws TskitError `format` for what EROFS cannot hold, `spec` for a kernel that cannot read it, `io`, `store`, and what loading the
 * trees throws.
 */
export async function emitKernelErofs(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  const files = await system.bootFiles();
  const { kernel, root } = files;
  if (root === undefined) throw new Error('boot files without a root image, where one was asked for');
  if (kernel !== undefined) await artifacts.write('-kernel', (sink) => append(sink, kernel, ctx));
  const initrd = wholeInitrd(files);
  if (initrd !== undefined) await artifacts.write('-erofs-initrd.img', (sink) => appendAll(sink, initrd.parts, ctx));
  await artifacts.write('-cmdline', (sink) => sink.write(Buffer.from(files.cmdline)));
  await artifacts.write('-erofs.img', (sink) => sink.copyFrom(root.file, 0, root.size, ctx.signal));
}
