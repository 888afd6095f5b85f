// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes, FileTree, Inode } from '../../file-tree.ts';

/** Where the blocks of a file are: runs of the file's blocks that follow each other in the image too. */
export interface Run {
  /** First block in the image. */
  readonly start: number;
  readonly blocks: number;
}

/** An inode of the image. Names that are hard links share one. */
export class Node {
  inode: Inode;
  /** Of a directory, by name. */
  readonly children: Map<Bytes, Node> | undefined;
  /** Of a directory, that above it; the root's is itself. */
  parent: Node | undefined;
  /** Names, and for a directory 2 and its subdirectories. */
  links = 0;
  /** From 1 on, in the order of the image; 0 before that is settled. */
  number = 0;
  /** Blocks of the content, without a tail that lies beside the inode. */
  runs: readonly Run[] = [];
  /** In the area of inodes, in bytes. */
  position = 0;

  constructor(inode: Inode) {
    this.inode = inode;
    this.children = inode.type === 'directory' ? new Map() : undefined;
  }
}

/** Several trees, merged into one as if they were unpacked one after the other. */
export class NodeTree {
  readonly root: Node;
  readonly #missing: Inode;

  /** Directories that no tree brings are as `missing` says. */
  constructor(missing: Inode) {
    this.#missing = missing;
    this.root = new Node(missing);
    this.root.parent = this.root;
    this.root.links = 2;
  }

  /**
   * Adds a tree under a prefix. A directory that is there gets the attributes of the new one; everything else that is there gives
   * way.
   * @returns the inodes that came with it, each once, in the order of their first names.
   */
  add(tree: FileTree, prefix: Bytes): Node[] {
    const added: Node[] = [];
    const directories = new Map<Bytes, Node>([['' as Bytes, this.#directory(prefix)]]);
    const linked = new Map<Inode, Node>();
    for (const path of [...tree.keys()].sort()) {
      const inode = tree.get(path);
      if (inode === undefined) continue;
      const slash = path.lastIndexOf('/');
      const folder = path.slice(0, Math.max(slash, 0)) as Bytes;
      const name = path.slice(slash + 1) as Bytes;
      const parent = directories.get(folder) ?? this.#directory(joined(prefix, folder));
      directories.set(folder, parent);
      if (inode.type === 'directory') {
        directories.set(path, path === '' ? describe(parent, inode) : placeDirectory(parent, name, inode));
        continue;
      }
      let node = linked.get(inode);
      if (node === undefined) {
        node = new Node(inode);
        linked.set(inode, node);
        added.push(node);
      }
      place(parent, name, node);
    }
    return added;
  }

  /** The directory at a path of the image, made with its parents when it is missing. */
  #directory(path: Bytes): Node {
    let node = this.root;
    for (const name of path.split('/').filter((part) => part !== '') as Bytes[]) {
      const child = node.children?.get(name);
      node = child?.children === undefined ? placeDirectory(node, name, this.#missing) : child;
    }
    return node;
  }
}

function describe(node: Node, inode: Inode): Node {
  node.inode = inode;
  return node;
}

function placeDirectory(parent: Node, name: Bytes, inode: Inode): Node {
  const there = parent.children?.get(name);
  if (there?.children !== undefined) return describe(there, inode);
  const node = new Node(inode);
  node.parent = parent;
  node.links = 1;
  parent.links += 1;
  place(parent, name, node);
  return node;
}

function place(parent: Node, name: Bytes, node: Node): void {
  const there = parent.children?.get(name);
  if (there !== undefined) {
    there.links -= 1;
    if (there.children !== undefined) parent.links -= 1;
  }
  parent.children?.set(name, node);
  node.links += 1;
}

function joined(prefix: Bytes, path: Bytes): Bytes {
  return (prefix === '' || path === '' ? `${prefix}${path}` : `${prefix}/${path}`) as Bytes;
}
