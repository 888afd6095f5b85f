// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Artifacts } from './artifacts.ts';
import { type BootFiles, initrdOf } from './boot-files.ts';
import { append, appendAll } from './initrd.ts';

/** Writes what is beside a root image: NAME-kernel, the small initrd under NAME`initrdSuffix`, NAME-cmdline. */
export async function writeFinderFiles(
  files: BootFiles,
  initrdSuffix: string,
  artifacts: Artifacts,
  ctx: BuildContext,
): Promise<void> {
  const { kernel } = files;
  if (kernel !== undefined) await artifacts.write('-kernel', (sink) => append(sink, kernel, ctx));
  await artifacts.write(initrdSuffix, (sink) => appendAll(sink, initrdOf(files).parts, ctx));
  await artifacts.write('-cmdline', (sink) => sink.write(Buffer.from(files.cmdline)));
}
