// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Artifacts } from './artifacts.ts';
import { type BootableSystem, checkRootModules, makeFinderFiles } from './boot-files.ts';
import { writeFinderFiles } from './finder-files.ts';
import { mergedTree } from './merged-tree.ts';
import { placedTrees } from './root-image.ts';
import { writeSquashfs } from './squashfs.ts';

/**
 * Writes NAME-kernel, NAME-cmdline and NAME-squashfs.img, LinuxKit's format of this name, and NAME-squashfs-initrd.img, which finds the
 * root on a disk.
 * @throws TskitError `spec` for a kernel that cannot read it, `io`, `store`, and what loading the trees throws.
 */
export async function emitKernelSquashfs(
  system: BootableSystem,
  artifacts: Artifacts,
  ctx: BuildContext,
): Promise<void> {
  const { rootfs } = system;
  await checkRootModules(rootfs, 'squashfs');
  const tree = await mergedTree(placedTrees(rootfs), ctx.epoch);
  let uuid = '';
  const image = await artifacts.prepare('-squashfs.img', async (draft) => {
    uuid = await writeSquashfs(draft, tree, ctx);
  });
  const files = await makeFinderFiles(rootfs, { fileSystem: 'squashfs', uuid }, ctx);
  await writeFinderFiles(files, '-squashfs-initrd.img', artifacts, ctx);
  await artifacts.keep(image);
}
