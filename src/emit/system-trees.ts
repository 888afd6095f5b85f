// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Bytes, bytesOf, type FileTree, type Inode } from '../file-tree.ts';
import type { Attribution, Rootfs } from '../rootfs.ts';

/** A part of the whole system: loaded, with its place. */
export interface SystemTree {
  readonly prefix: Bytes;
  readonly tree: FileTree;
  /** Of the trees that take time. */
  readonly label?: string;
  readonly attributionOf: (inode: Inode) => Attribution;
}

const root = '' as Bytes;
const rootOwned = { uid: 0, gid: 0, mtime: 0 } as const;
const directory: Inode = { type: 'directory', mode: 0o755, ...rootOwned };

/**
 * The whole system for formats that are one archive, in the order in which it is written: the kernel with command line and
 * microcode in /boot under LinuxKit's names, tskit's own init, then the trees, each after the directories above it. One tree
 * is in memory at a time.
 * @throws what loading the trees throws.
 */
export async function* systemTrees(rootfs: Rootfs): AsyncGenerator<SystemTree> {
  const { kernel, own } = rootfs.attributions;
  if (rootfs.kernel !== undefined) {
    yield { prefix: root, tree: await bootTree(rootfs), attributionOf: () => kernel };
  }
  if (rootfs.init !== undefined) {
    yield { prefix: root, tree: await rootfs.init.load(), attributionOf: () => own };
  }
  const parents = new Set<Bytes>();
  for (const { prefix, tree, attributionOf } of rootfs.trees) {
    yield { prefix: root, tree: missingParents(prefix, parents), attributionOf: () => own };
    yield { prefix, tree: await tree.load(), label: tree.label, attributionOf };
  }
}

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
