// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeSquashfs } from '../../src/emit/squashfs.ts';
import { DraftFile } from '../../src/emit/draft-file.ts';
import type { BuildContext } from '../../src/context.ts';
import type { FileTree } from '../../src/file-tree.ts';

/** Writes a tree as a SquashFS file system. @returns what stands for its UUID. */
export async function writeSquashfsFile(path: string, tree: FileTree, ctx: BuildContext): Promise<string> {
  const draft = await DraftFile.create(path, `${path}.draft`);
  try {
    const uuid = await writeSquashfs(draft, tree, ctx);
    await draft.close();
    await draft.publish();
    return uuid;
  } catch (error) {
    await draft.discard();
    throw error;
  }
}
