// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isoApplication } from '../../init/contract/root-file-systems.ts';
import { isoSector } from '../archive/iso9660/fields.ts';
import { type IsoLayout, layOutIso } from '../archive/iso9660/layout.ts';
import { descriptorSectors } from '../archive/iso9660/volume.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, type FileTree, textOf } from '../file-tree.ts';
import type { Artifacts } from './artifacts.ts';
import { type BootableSystem, makeFinderFiles } from './boot-files.ts';
import { derivedGuid } from './disk/derived-guid.ts';
import { writeFinderFiles } from './finder-files.ts';
import { writeFileSystem } from './iso/iso-image.ts';
import { lostXattrsOf, reportLostXattrs } from './lost-xattrs.ts';
import { mergedTree } from './merged-tree.ts';
import { imageKey, placedTrees } from './root-image.ts';

/**
 * Writes NAME-kernel, NAME-cmdline and NAME.iso, LinuxKit's format of this name, whose disc is the root, and NAME-iso-initrd.img, which
 * finds it. Rock Ridge keeps owners, modes, devices and names; extended attributes it has no place for.
 * @throws TskitError `spec` for a kernel that cannot read it, `format` for too many directories and for names that Linux does not find, `io`, `store`, and what loading the
 * trees throws.
 */
export async function emitKernelIso(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  const { rootfs } = system;
  const trees = placedTrees(rootfs);
  const uuid = derivedGuid('ISO 9660 root', imageKey(trees, ctx.epoch));
  const files = await makeFinderFiles(rootfs, { fileSystem: 'iso9660', uuid }, ctx);
  await writeFinderFiles(files, '-iso-initrd.img', artifacts, ctx);
  const tree = await mergedTree(trees, ctx.epoch);
  reportLostXattrs(
    lostXattrsOf(tree, () => false),
    'the root',
    ctx.reporter,
    'ISO 9660 has no extended attributes',
  );
  checkNames(tree);
  const layout = layoutOf(tree);
  const volume = {
    label: 'TSKIT',
    epoch: ctx.epoch,
    sectors: layout.sectors,
    application: { name: isoApplication, use: Buffer.from(uuid.replaceAll('-', ''), 'hex') },
  };
  const disc = await artifacts.prepare('.iso', async (draft) => {
    await draft.resize(layout.sectors * isoSector);
    await writeFileSystem(draft, layout, volume, ({ inode }) => (inode.type === 'file' ? [inode.content] : []), ctx);
  });
  await artifacts.keep(disc);
}

/** Longer names Linux cuts (fs/isofs/rock.c, get_rock_ridge_filename), so that the file cannot be opened by either. */
const longestName = 253;

/** Whether Linux finds a file of this name on a disc: it also takes a single byte above 127 for one of its own marks (fs/isofs/namei.c). */
export function isNameForLinux(path: Bytes): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.length <= longestName && !(name.length === 1 && name > '\x7f');
}

function checkNames(tree: FileTree): void {
  for (const path of tree.keys()) {
    if (isNameForLinux(path)) continue;
    const what = `expected names of at most ${longestName} bytes, and none of a single byte above 127, which Linux does not find on a disc`;
    throw new TskitError('format', `--format kernel+iso: ${what}, found "/${textOf(path)}"`, { hint: otherFormats });
  }
}

const otherFormats = 'write kernel+squashfs or kernel+erofs, which hold any';

function layoutOf(tree: FileTree): IsoLayout {
  try {
    return layOutIso(tree, descriptorSectors(false));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TskitError('format', `--format kernel+iso: ${error.message}`, { hint: otherFormats, cause: error });
  }
}
