// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Bytes, Content, FileTree, Inode } from '../file-tree.ts';
import { stringifyJson } from '../json.ts';
import { hashOf } from './key.ts';

/** The part of a tree at and below a folder, as a tree of its own. */
export function subtree(tree: FileTree, folder: Bytes): Map<Bytes, Inode> {
  const below = `${folder}/`;
  const result = new Map<Bytes, Inode>();
  for (const [path, inode] of tree) {
    if (path === folder) result.set('' as Bytes, inode);
    else if (path.startsWith(below)) result.set(path.slice(below.length) as Bytes, inode);
  }
  return result;
}

/** Removes what is below a folder; the folder itself stays. */
export function clearFolder(tree: Map<Bytes, Inode>, folder: Bytes): void {
  // A Map may be deleted from while it is walked.
  for (const path of tree.keys()) if (path.startsWith(`${folder}/`)) tree.delete(path);
}

/**
 * SHA-256 over everything that a tree is: equal for equal trees, whatever they were merged from. Contents are not read.
 */
export function fingerprint(tree: FileTree): string {
  const hash = createHash('sha256');
  const links = new Map<Inode, number>();
  for (const [path, inode] of [...tree].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // Hard links are the same object: numbering the objects tells them from equal files.
    const number = links.get(inode) ?? links.size;
    links.set(inode, number);
    hash.update(`${stringifyJson([path, number, identityOf(inode)])}\n`);
  }
  return hash.digest('hex');
}

function identityOf(inode: Inode): unknown {
  const { xattrs, from: _, ...rest } = inode;
  const attributes = [...(xattrs ?? [])].map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`).sort();
  return [rest.type === 'file' ? { ...rest, content: contentIdentity(rest.content) } : rest, attributes];
}

/**
 * Files of the cache are named by their content, so that a range of one is known by the name alone, wherever the cache
 * is.
 */
function contentIdentity(content: Content): unknown {
  if (content.kind === 'inline') return hashOf(content.data);
  const name = basename(content.file);
  return [/^[0-9a-f]{64}$/.test(name) ? name : content.file, content.offset, content.size];
}
