// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { type Bytes, type FileTree, type Inode, textOf } from '../file-tree.ts';
import { maxPath } from './layer-path.ts';

/** A place in the root that layers are applied to. `children` is there for directories only. */
export interface Node {
  inode: Inode;
  readonly children?: Map<Bytes, Node>;
  /** The last layer that wrote this place or one below it: what a whiteout of the same layer must spare. */
  layer: number;
}

/** As Go's extractors (containerd, umoci) have it: more links than this on one path are a loop. */
const maxSymlinks = 255;

const implicitDirectory: Inode = { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0 };

export function newRoot(): Node {
  return newDirectory(implicitDirectory, -1);
}

export function newDirectory(inode: Inode, layer: number): Node {
  return { inode, children: new Map(), layer };
}

/**
 * Walks to a directory, following symbolic links as a process with this root would: absolute targets start at the root, and
 * `..` stops there. With `create` missing directories are made (0755, root's), also where a dangling link points.
 * @returns the nodes from the root to the directory, or undefined when there is no such directory.
 * @throws TskitError `layer` for a loop of links, and with `create` when a component is something else than a directory.
 */
export function walkToDirectory(root: Node, path: readonly Bytes[], create: boolean): Node[] | undefined {
  const nodes = [root];
  const pending = path.toReversed();
  let symlinks = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '' || name === '.') {
      continue;
    }
    if (name === '..') {
      if (nodes.length > 1) {
        nodes.pop();
      }
      continue;
    }
    const children = nodes.at(-1)?.children;
    let node = children?.get(name);
    if (node === undefined) {
      if (!create) {
        return undefined;
      }
      node = newDirectory(implicitDirectory, -1);
      children?.set(name, node);
    }
    if (node.children !== undefined) {
      nodes.push(node);
      continue;
    }
    if (node.inode.type !== 'symlink') {
      if (!create) {
        return undefined;
      }
      throw new TskitError('layer', `"${textOf(name)}" is a ${node.inode.type}, expected a directory`);
    }
    symlinks += 1;
    if (symlinks > maxSymlinks) {
      throw new TskitError('layer', `following "${textOf(name)}": more than ${maxSymlinks} symbolic links, a loop`);
    }
    if (node.inode.target.startsWith('/')) {
      nodes.length = 1;
    }
    pending.push(...(node.inode.target.split('/') as Bytes[]).reverse());
  }
  return nodes;
}

/** Removes what lower layers have at and below a child, and spares what `layer` itself wrote, whatever came first. */
export function hideChild(parent: Node, name: Bytes, layer: number): void {
  const child = parent.children?.get(name);
  if (child === undefined) {
    return;
  }
  if (child.layer !== layer) {
    parent.children?.delete(name);
  } else {
    hideChildren(child, layer);
  }
}

/** The same for all children of a directory. */
export function hideChildren(directory: Node, layer: number): void {
  const pending = [directory];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const [name, child] of node.children ?? []) {
      if (child.layer !== layer) {
        node.children?.delete(name);
      } else if (child.children !== undefined) {
        pending.push(child);
      }
    }
  }
}

/**
 * The root as a flat value.
 * @throws TskitError `layer` for a path that is too long, which links among the parents can make of short ones.
 */
export function fileTreeOf(root: Node): FileTree {
  const tree = new Map<Bytes, Inode>();
  const pending: { path: Bytes; node: Node }[] = [{ path: '' as Bytes, node: root }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    tree.set(next.path, next.node.inode);
    const prefix = next.path === '' ? '' : `${next.path}/`;
    for (const [name, node] of next.node.children ?? []) {
      const path = `${prefix}${name}` as Bytes;
      if (path.length > maxPath) {
        throw new TskitError('layer', `a path of more than ${maxPath} bytes: "${textOf(path.slice(0, 300))}…"`);
      }
      pending.push({ path, node });
    }
  }
  return tree;
}
