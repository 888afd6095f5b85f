// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash, hash } from 'node:crypto';
import { ContentReader } from '../content.ts';
import { type Bytes, type Content, contentSize, type FileTree, type Inode, textOf } from '../file-tree.ts';
import { shown } from './locate.ts';

/** What an inode is, as `ls -l` and sha256sum would say. */
export interface InodeFacts {
  readonly type: Inode['type'];
  /** "0644" */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly size?: number;
  readonly sha256?: string;
  readonly target?: string;
  /** "5:1" */
  readonly device?: string;
  /** Other paths that are hard links to the same file. */
  readonly names?: readonly string[];
  /** Names of extended attributes. */
  readonly xattrs?: readonly string[];
  /** How many entries a folder has, all the way down, and their bytes. */
  readonly entries?: number;
  readonly bytes?: number;
}

const chunkSize = 1024 * 1024;

/** Describes what a path of the tree holds; the content is read for its digest. */
export function describeInode(tree: FileTree, path: Bytes, inode: Inode): InodeFacts {
  const { type, mode, uid, gid, xattrs } = inode;
  return {
    type,
    mode: mode.toString(8).padStart(4, '0'),
    uid,
    gid,
    ...(xattrs === undefined ? {} : { xattrs: [...xattrs.keys()].sort() }),
    ...details(tree, path, inode),
  };
}

function details(tree: FileTree, path: Bytes, inode: Inode): Partial<InodeFacts> {
  switch (inode.type) {
    case 'file':
      return { size: contentSize(inode.content), sha256: sha256Of(inode.content), ...otherNames(tree, path, inode) };
    case 'symlink':
      return { target: textOf(inode.target) };
    case 'char':
    case 'block':
      return { device: `${inode.major}:${inode.minor}` };
    case 'directory':
      return folderFacts(tree, path);
    case 'fifo':
      return {};
  }
}

/** Hard links are paths of one tree that hold the same object; an image's tree may also stand in another place. */
function otherNames(tree: FileTree, path: Bytes, inode: Inode): { readonly names?: readonly string[] } {
  const names = [...tree].filter(([other, same]) => same === inode && other !== path && sameRoot(other, path));
  return names.length === 0 ? {} : { names: names.map(([name]) => shown(name)).sort() };
}

function sameRoot(a: Bytes, b: Bytes): boolean {
  const rootOf = (path: Bytes): string => /^containers\/images\/[^/]+/.exec(path)?.[0] ?? '';
  return rootOf(a) === rootOf(b);
}

function folderFacts(tree: FileTree, path: Bytes): { readonly entries: number; readonly bytes: number } {
  const below = path === '' ? '' : `${path}/`;
  const seen = new Set<Inode>();
  let [entries, bytes] = [0, 0];
  for (const [other, inode] of tree) {
    if (!other.startsWith(below) || other === path) continue;
    entries += 1;
    if (inode.type !== 'file' || seen.has(inode)) continue;
    seen.add(inode);
    bytes += contentSize(inode.content);
  }
  return { entries, bytes };
}

/** SHA-256 of a content in hex, read piece by piece. */
export function sha256Of(content: Content): string {
  if (content.kind === 'inline') return hash('sha256', content.data, 'hex');
  using reader = new ContentReader();
  const sum = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(chunkSize, content.size));
  for (let at = 0; at < content.size; at += buffer.length) {
    const length = Math.min(buffer.length, content.size - at);
    reader.read(content, at, buffer, 0, length);
    sum.update(buffer.subarray(0, length));
  }
  return sum.digest('hex');
}
