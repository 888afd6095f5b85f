// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { TarEntry } from '../archive/tar.ts';
import { addParents, directory, join, symlink } from '../inodes.ts';
import { realEntry, realPath } from '../tree-lookup.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, type Inode, textOf } from '../file-tree.ts';
import { relationNames } from './control.ts';
import type { Deb } from './deb.ts';
import { mergedDirectories } from './debian-architecture.ts';

/** An image under construction: what is in it, and which packages brought it. */
export interface PackageTree {
  readonly inodes: Map<Bytes, Inode>;
  /** Path in the tree -> packages; directories may belong to several. What the recipe makes itself belongs to none. */
  readonly owners: Map<Bytes, readonly Owner[]>;
  /** What every image has, whatever packages bring and recipes pick. */
  readonly base: ReadonlySet<Bytes>;
}

export interface Owner {
  readonly package: string;
  /** As the package has it, before links of merged /usr: "/bin/busybox", and "/." for the root. */
  readonly path: string;
}

/** Where every image starts: the links of merged /usr, so that files under them are put where they lead, and usual mount points. */
export function newPackageTree(architecture: string, epoch: number): PackageTree {
  const inodes = new Map<Bytes, Inode>([[bytesOf(''), directory(epoch)]]);
  for (const name of mergedDirectories(architecture)) {
    inodes.set(bytesOf(name), symlink(epoch, `usr/${name}`));
    addParents(inodes, bytesOf(`usr/${name}/`), epoch);
  }
  for (const name of ['dev', 'etc', 'proc', 'run', 'sys', 'var']) inodes.set(bytesOf(name), directory(epoch));
  inodes.set(bytesOf('root'), directory(epoch, 0o700));
  inodes.set(bytesOf('tmp'), directory(epoch, 0o1777));
  return { inodes, owners: new Map(), base: new Set(inodes.keys()) };
}

/**
 * Puts a package's files into the tree as dpkg would: a directory that is there stays as it is, also where it is a link to a
 * directory; a file that another package brought is replaced only if one of the two says so (Replaces). Throws `package`.
 */
export function addPackage(
  tree: PackageTree,
  name: string,
  deb: Deb,
  debs: ReadonlyMap<string, Deb>,
  epoch: number,
): void {
  for (const entry of deb.entries) {
    const packaged = packagedPath(name, entry);
    const path = realEntry(tree.inodes, packaged);
    if (path === undefined) throw refused(name, packaged, 'its folder is no directory');
    const owner: Owner = { package: name, path: packaged === '' ? '/.' : `/${textOf(packaged)}` };
    if (entry.type === 'directory' && leadsToDirectory(tree, path)) {
      tree.owners.set(path, [...(tree.owners.get(path) ?? []), owner]);
      continue;
    }
    if (tree.inodes.has(path) && !mayReplace(tree, path, entry, name, debs)) continue;
    addParents(tree.inodes, path, epoch);
    tree.inodes.set(path, inodeOf(tree, name, deb, entry));
    tree.owners.set(path, [owner]);
  }
}

/** The path of an entry, relative and clean. dpkg's archives have "./" before each. */
function packagedPath(name: string, entry: TarEntry): Bytes {
  const components = entry.path.split('/').filter((component) => component !== '' && component !== '.');
  if (components.includes('..')) throw refused(name, entry.path, 'it leaves the root');
  if (components.some((component) => component.startsWith('.wh.'))) {
    throw refused(name, entry.path, 'a layer cannot hold this name, which stands for a removed file there');
  }
  if (entry.xattrs !== undefined)
    throw refused(name, entry.path, 'it has extended attributes, which are not kept here');
  if (entry.sparse !== undefined) throw refused(name, entry.path, 'it is a sparse file, which dpkg does not know');
  return components.join('/') as Bytes;
}

function leadsToDirectory(tree: PackageTree, path: Bytes): boolean {
  const real = realPath(tree.inodes, path);
  return real !== undefined && tree.inodes.get(real)?.type === 'directory';
}

/** Whether an entry takes the place of what is there; false when what is there stays because it was meant to win. Throws `package`. */
function mayReplace(
  tree: PackageTree,
  path: Bytes,
  entry: TarEntry,
  name: string,
  debs: ReadonlyMap<string, Deb>,
): boolean {
  const existing = tree.inodes.get(path);
  const owners = tree.owners.get(path) ?? [];
  // base-files of Debian 13 brings the links of merged /usr itself.
  if (existing?.type === 'symlink' && entry.type === 'symlink' && existing.target === entry.linkPath) return true;
  if (existing?.type === 'directory' || entry.type === 'directory') {
    throw refused(name, path, `it is a ${entry.type}, and a ${existing?.type} is there`);
  }
  const other = owners.find((owner) => owner.package !== name)?.package;
  if (other === undefined) return true;
  const replaces = (one: string, two: string): boolean =>
    relationNames(debs.get(one)?.fields.get('replaces')).flat().includes(two);
  if (replaces(name, other)) return true;
  if (replaces(other, name)) return false;
  throw refused(name, path, `"${other}" has it too, and neither package says that it replaces the other`);
}

function inodeOf(tree: PackageTree, name: string, deb: Deb, entry: TarEntry): Inode {
  const base = { mode: entry.mode, uid: entry.uid, gid: entry.gid, mtime: entry.mtime };
  const { type } = entry;
  if (type === 'link') return linkedInode(tree, name, entry);
  if (type === 'symlink') return { ...base, type, mode: 0o777, target: entry.linkPath };
  if (type === 'char' || type === 'block') return { ...base, type, major: entry.major, minor: entry.minor };
  if (type === 'directory' || type === 'fifo') return { ...base, type };
  return { ...base, type, content: { kind: 'range', file: deb.dataFile, offset: entry.offset, size: entry.size } };
}

function linkedInode(tree: PackageTree, name: string, entry: TarEntry): Inode {
  const target = realEntry(tree.inodes, packagedPath(name, { ...entry, path: entry.linkPath }));
  const inode = target === undefined ? undefined : tree.inodes.get(target);
  if (inode === undefined)
    throw refused(name, entry.path, `it is a hard link to "${textOf(entry.linkPath)}", which is not there`);
  return inode;
}

/** A path of the user's ("/lib/modules") as the tree has it ("usr/lib/modules"): links before the last component are followed. */
export function treePath(tree: PackageTree, path: string): Bytes {
  const relative = bytesOf(
    path
      .split('/')
      .filter((component) => component !== '')
      .join('/'),
  );
  return realEntry(tree.inodes, relative) ?? relative;
}

/**
 * The same for a path of which a recipe's step makes something. Throws `package` where a layer cannot have it: under a name that stands
 * for a removed file there (OCI image-spec layer.md, Whiteouts), or below what is no folder.
 */
export function placeOf(tree: PackageTree, step: string, path: string): Bytes {
  const removal = path.split('/').find((component) => component.startsWith('.wh.'));
  if (removal !== undefined) {
    throw new TskitError('package', `${step} "${path}": expected a name that a layer can hold, found "${removal}"`);
  }
  const place = treePath(tree, path);
  if (realEntry(tree.inodes, place) === undefined) {
    throw new TskitError('package', `${step} "${path}": expected folders above it, found something else`);
  }
  return place;
}

/** Paths of the tree below a directory, and itself. */
export function subtree(tree: PackageTree, path: Bytes): readonly Bytes[] {
  return [...tree.inodes.keys()].filter((other) => other === path || other.startsWith(join(path, '')));
}

function refused(name: string, path: string, why: string): TskitError {
  return new TskitError('package', `putting "/${textOf(path)}" of package "${name}" into the image: ${why}`);
}
