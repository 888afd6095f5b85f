// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { TarEntry } from '../archive/tar.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, type Content, type Inode, type Provenance, textOf } from '../file-tree.ts';
import { layerPath, symlinkTarget } from './layer-path.ts';
import { hideChild, hideChildren, newDirectory, type Node, walkToDirectory } from './root.ts';

// OCI image-spec layer.md, Whiteouts.
const whiteoutPrefix = '.wh.';
const opaqueName = '.wh..wh..opq';
/** Other names that start so are AUFS's own bookkeeping, which old Docker layers still contain. */
const aufsPrefix = '.wh..wh.';

/** uid_t and gid_t are 32 bits wide, and the last value means "no change". */
const maxId = 0xff_ff_ff_fe;

/**
 * Applies one entry of layer number `layer` to the root, in the way of umoci and containerd: parents are resolved inside
 * of the root, the last component is replaced and never followed, a directory over a directory keeps what is in it, and
 * whiteouts hide what lower layers brought, wherever in the layer they stand. `from` says of the new inode where it is from.
 * @throws TskitError `layer` when the entry cannot be: see layerPath; a hard link to nothing; a file as parent.
 */
export function applyEntry(root: Node, layer: number, entry: TarEntry, content: Content, from: Provenance): void {
  const path = layerPath(entry.path, 'path');
  const name = path.pop();
  if (name === undefined) {
    replaceRoot(root, layer, entry, from);
    return;
  }
  if (name.startsWith(whiteoutPrefix)) {
    applyWhiteout(root, layer, path, name);
    return;
  }
  const inode = entry.type === 'link' ? linkedInode(root, entry) : inodeOf(entry, content, from);
  const parents = walkToDirectory(root, path, true) ?? [];
  for (const node of parents) {
    node.layer = layer;
  }
  put(parents.at(-1) ?? root, name, inode, layer);
}

function put(parent: Node, name: Bytes, inode: Inode, layer: number): void {
  const children = parent.children;
  const old = children?.get(name);
  if (inode.type !== 'directory') {
    children?.set(name, { inode, layer });
  } else if (old?.children === undefined) {
    children?.set(name, newDirectory(inode, layer));
  } else {
    old.inode = inode;
    old.layer = layer;
  }
}

function replaceRoot(root: Node, layer: number, entry: TarEntry, from: Provenance): void {
  if (entry.type !== 'directory') {
    throw new TskitError('layer', `the root itself is a ${entry.type}, expected a directory`);
  }
  root.inode = inodeOf(entry, noContent, from);
  root.layer = layer;
}

function applyWhiteout(root: Node, layer: number, path: readonly Bytes[], name: Bytes): void {
  const parent = walkToDirectory(root, path, false)?.at(-1);
  if (name === opaqueName) {
    if (parent !== undefined) {
      hideChildren(parent, layer);
    }
    return;
  }
  if (name.startsWith(aufsPrefix)) {
    return;
  }
  const hidden = name.slice(whiteoutPrefix.length) as Bytes;
  if (hidden === '' || hidden === '.' || hidden === '..') {
    throw new TskitError('layer', `whiteout "${textOf([...path, name].join('/'))}" names no file`);
  }
  if (parent !== undefined) {
    hideChild(parent, hidden, layer);
  }
}

/** The inode that a hard link shares. Its own header's owner and mode mean nothing: they are the target's. */
function linkedInode(root: Node, entry: TarEntry): Inode {
  const path = layerPath(entry.linkPath, 'link target');
  const name = path.pop();
  const inode =
    name === undefined ? root.inode : walkToDirectory(root, path, false)?.at(-1)?.children?.get(name)?.inode;
  const link = `hard link "${textOf(entry.path)}" to "${textOf(entry.linkPath)}"`;
  if (inode === undefined) {
    throw new TskitError('layer', `${link}: the target does not exist in this layer or a lower one`);
  }
  if (inode.type === 'directory') {
    throw new TskitError('layer', `${link}: the target is a directory, expected a file`);
  }
  return inode;
}

export const noContent: Content = { kind: 'inline', data: new Uint8Array() };

function inodeOf(entry: TarEntry, content: Content, from: Provenance): Inode {
  const { mode, mtime, xattrs } = entry;
  const base = {
    from,
    mode,
    uid: checkId(entry, 'uid'),
    gid: checkId(entry, 'gid'),
    mtime,
    ...(xattrs === undefined ? {} : { xattrs }),
  };
  switch (entry.type) {
    case 'file':
      return { type: 'file', ...base, content };
    case 'symlink':
      return { type: 'symlink', ...base, mode: 0o777, target: symlinkTarget(entry.linkPath, entry.path) };
    case 'char':
    case 'block':
      return { type: entry.type, ...base, major: entry.major, minor: entry.minor };
    case 'fifo':
      return { type: 'fifo', ...base };
    default:
      return { type: 'directory', ...base };
  }
}

function checkId(entry: TarEntry, field: 'uid' | 'gid'): number {
  const id = entry[field];
  if (id > maxId) {
    throw new TskitError('layer', `"${textOf(entry.path)}" has the ${field} ${id}, expected at most ${maxId}`);
  }
  return id;
}
