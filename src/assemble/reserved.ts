// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { dirname } from 'node:path';
import {
  bootPlanPath,
  imagesDir,
  onbootDir,
  onshutdownDir,
  servicesDir,
  volumesDir,
} from '../../init/contract/paths.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, type Inode } from '../file-tree.ts';
import { clearFolder } from './subtree.ts';

// Folders that the build fills by trees of their own, as paths of a tree. Trees are written one after the other, so a
// merged root that had something else there would be written over them, or they over it.

/** Boot plan, size and sentinel. */
export const planFolder: string = dirname(bootPlanPath).slice(1);
/** Where containers are, by kind; images and volumes are beside them. */
export const containerFolders: readonly string[] = [imagesDir, onbootDir, onshutdownDir, servicesDir, volumesDir].map(
  (path) => path.slice(1),
);
/** The folder of all those. */
export const containersFolder: string = dirname(imagesDir).slice(1);

/**
 * Makes room in a merged root: what images brought below the plan's folder goes (a sentinel of theirs would hide that
 * the real one is missing). Throws `layer` when one of the folders is a link or a file there.
 */
export function keepReserved(root: Map<Bytes, Inode>): void {
  clearFolder(root, bytesOf(planFolder));
  for (const path of [dirname(planFolder), planFolder, containersFolder, ...containerFolders]) {
    const inode = root.get(bytesOf(path));
    if (inode === undefined || inode.type === 'directory') continue;
    throw new TskitError(
      'layer',
      `merging init images into /: expected "/${path}" to be a directory, found a ${inode.type}`,
      {
        hint: 'take that path out of the image, which is listed under init:',
      },
    );
  }
}
