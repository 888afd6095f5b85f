// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Artifacts } from './artifacts.ts';
import { type BootableSystem, initrdOf } from './boot-files.ts';
import { append, appendAll } from './initrd.ts';

/**
 * Writes NAME-kernel, NAME-initrd.img and NAME-cmdline, LinuxKit's format of this name.
 * @throws TskitError `format` for what an initramfs cannot hold, `io`, `store`, and what loading the trees throws.
 */
export async function emitKernelInitrd(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  const files = await system.bootFiles();
  const { kernel } = files;
  if (kernel !== undefined) {
    await artifacts.write('-kernel', (sink) => append(sink, kernel, ctx));
  }
  await artifacts.write('-initrd.img', (sink) => appendAll(sink, initrdOf(files).parts, ctx));
  await artifacts.write('-cmdline', (sink) => sink.write(Buffer.from(files.cmdline)));
}
