// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { encodeTar, tarEnd } from '../archive/tar-writer.ts';
import type { BuildContext } from '../context.ts';
import { type Bytes, bytesOf, type FileTree, type Inode } from '../file-tree.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import type { Rootfs } from '../rootfs.ts';
import type { Artifacts } from './artifacts.ts';
import type { DraftFile } from './draft-file.ts';

/**
 * Writes NAME.tar: the whole root as one pax archive that keeps extended attributes and files of any size, with the kernel, the
 * command line and the CPU microcode in /boot under LinuxKit's names.
 * @throws TskitError `io`, `store`, and what loading the trees throws.
 */
export async function emitTar(rootfs: Rootfs, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  await artifacts.write('.tar', async (draft) => {
    await writeTree(draft, await bootTree(rootfs), '' as Bytes, ctx);
    if (rootfs.init !== undefined) {
      await writeTree(draft, await rootfs.init.load(), '' as Bytes, ctx);
    }
    const parents = new Set<Bytes>();
    for (const { prefix, tree } of rootfs.trees) {
      await writeTree(draft, missingParents(prefix, parents), '' as Bytes, ctx);
      const task = ctx.reporter.task(`packing ${tree.label}`);
      await writeTree(draft, await tree.load(), prefix, ctx);
      task.done();
    }
    await draft.write(tarEnd);
  });
}

async function writeTree(draft: DraftFile, tree: FileTree, prefix: Bytes, ctx: BuildContext): Promise<void> {
  for (const chunk of encodeTar(tree, prefix, ctx)) {
    throwIfInterrupted(ctx.signal);
    await draft.write(chunk);
  }
}

const rootOwned = { uid: 0, gid: 0, mtime: 0 } as const;
const directory: Inode = { type: 'directory', mode: 0o755, ...rootOwned };

async function bootTree(rootfs: Rootfs): Promise<FileTree> {
  const tree = new Map<Bytes, Inode>([[bytesOf('boot'), directory]]);
  const kernel = await rootfs.kernel?.load();
  const ucode = await rootfs.ucode?.load();
  const cmdline = { kind: 'inline', data: Buffer.from(rootfs.cmdline) } as const;
  for (const [name, content] of Object.entries({ kernel, cmdline, 'ucode.cpio': ucode })) {
    if (content !== undefined) {
      tree.set(bytesOf(`boot/${name}`), { type: 'file', mode: 0o644, ...rootOwned, content });
    }
  }
  return tree;
}

/** The directories above a prefix that no earlier tree has brought; they are marked as brought. */
function missingParents(prefix: Bytes, brought: Set<Bytes>): FileTree {
  const tree = new Map<Bytes, Inode>();
  for (let end = prefix.indexOf('/'); end !== -1; end = prefix.indexOf('/', end + 1)) {
    const path = prefix.slice(0, end) as Bytes;
    if (!brought.has(path)) {
      brought.add(path);
      tree.set(path, directory);
    }
  }
  return tree;
}
