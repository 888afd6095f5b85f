// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { FileChange } from './files.ts';

/** What changed at and below a folder. */
export interface FolderChange {
  readonly folder: string;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** How many bytes more, or fewer, there are. */
  readonly bytes: number;
}

interface Node extends Record<'added' | 'removed' | 'changed' | 'bytes', number> {
  readonly path: string;
  readonly children: Map<string, Node>;
}

/** Changes by folder, with at most about `most` of them: the folder with the most changes is opened until there are enough. */
export function summariseFolders(changes: readonly FileChange[], most: number): readonly FolderChange[] {
  const root = newNode('');
  for (const change of changes) {
    let node = root;
    count(node, change);
    for (const part of change.path.split(/(?<=\/)/)) {
      let child = node.children.get(part);
      if (child === undefined) node.children.set(part, (child = newNode(node.path + part)));
      count(child, change);
      node = child;
    }
  }
  let shown = [root];
  for (;;) {
    const open = shown
      .filter((node) => node.children.size > 0 && shown.length - 1 + node.children.size <= most)
      .toSorted((a, b) => total(b) - total(a))[0];
    if (open === undefined) break;
    shown = shown.flatMap((node) => (node === open ? [...node.children.values()] : [node]));
  }
  return shown
    .map(({ path, added, removed, changed, bytes }) => ({
      folder: path === '' ? '/' : path,
      added,
      removed,
      changed,
      bytes,
    }))
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

function newNode(path: string): Node {
  return { path, children: new Map(), added: 0, removed: 0, changed: 0, bytes: 0 };
}

function count(node: Node, { change, before = 0, after = 0 }: FileChange): void {
  node[change] += 1;
  node.bytes += after - before;
}

function total({ added, removed, changed }: Node): number {
  return added + removed + changed;
}
