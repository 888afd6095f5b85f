// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Bytes, bytesOf, type FileTree, type Inode, type LazyTree } from '../file-tree.ts';
import { addParents, directory, inlineFile, parentOf, symlink } from '../inodes.ts';
import { keyOf } from './key.ts';

// LinuxKit's rules for every image that it lays out (moby/build/image.go): what container engines leave behind in an
// image at build time is dropped, and what a container needs to find as a mount point or as a file is there whatever
// the image holds.

/** Left over by engines, or made anew by whoever runs the container. */
const dropped = ['.dockerenv', 'Dockerfile', 'dev/console', 'etc/hostname'].map(bytesOf);

/** Mount points; /dev/pts and /dev/shm of the image itself are never wanted, only the empty directories. */
const emptied = ['dev/pts', 'dev/shm'].map(bytesOf);
const mountPoints = ['dev', 'dev/pts', 'dev/shm', 'etc', 'proc', 'sys'].map(bytesOf);

/** The names that a system without DNS must know, as every distribution's /etc/hosts has them. */
const hosts = `127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
fe00::0 ip6-localnet
ff00::0 ip6-mcastprefix
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
`;

/**
 * Where a name server's address comes from: a container binds the host's file over it, the root points to a writable
 * one.
 */
export type ResolvConf = { readonly kind: 'stub' } | { readonly kind: 'link'; readonly target: string };

const stub = '# bind /etc/resolv.conf here for name servers\n';

/**
 * Applies the rules to a copy of a tree. /etc/hosts and /etc/resolv.conf are replaced even where the image brings them
 * (at an image's build they are the engine's own); an /etc/mtab of the image stays.
 */
export function filterImage(tree: FileTree, resolvConf: ResolvConf, epoch: number): Map<Bytes, Inode> {
  const result = new Map(tree);
  for (const path of dropped) remove(result, path);
  for (const path of emptied) remove(result, path);
  for (const path of mountPoints) {
    if (canHold(result, path) && !result.has(path)) add(result, path, directory(epoch), epoch);
  }
  replace(result, bytesOf('etc/hosts'), inlineFile(epoch, hosts), epoch);
  const resolver = resolvConf.kind === 'link' ? symlink(epoch, resolvConf.target) : inlineFile(epoch, stub);
  replace(result, bytesOf('etc/resolv.conf'), resolver, epoch);
  if (!result.has(bytesOf('etc/mtab'))) replace(result, bytesOf('etc/mtab'), symlink(epoch, '/proc/mounts'), epoch);
  return result;
}

/** The tree that goes to /containers/images, made when somebody needs it. */
export function filteredImage(tree: LazyTree, epoch: number): LazyTree {
  return {
    key: keyOf('image', tree.key, epoch),
    label: tree.label,
    load: async () => filterImage(await tree.load(), { kind: 'stub' }, epoch),
  };
}

function remove(tree: Map<Bytes, Inode>, path: Bytes): void {
  const wasDirectory = tree.get(path)?.type === 'directory';
  tree.delete(path);
  if (!wasDirectory) return;
  for (const other of tree.keys()) if (other.startsWith(`${path}/`)) tree.delete(other);
}

function replace(tree: Map<Bytes, Inode>, path: Bytes, inode: Inode, epoch: number): void {
  if (!canHold(tree, path)) return;
  remove(tree, path);
  add(tree, path, inode, epoch);
}

function add(tree: Map<Bytes, Inode>, path: Bytes, inode: Inode, epoch: number): void {
  addParents(tree, path, epoch);
  tree.set(path, inode);
}

/**
 * False where the image has a link or a file for a parent ("/etc" -> "/usr/etc"): then it is left to what the image
 * wants.
 */
function canHold(tree: FileTree, path: Bytes): boolean {
  const parent = tree.get(parentOf(path));
  return parent === undefined || parent.type === 'directory';
}
