// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { ContentReader } from '../content.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, type Inode, textOf } from '../file-tree.ts';
import { parentOf } from '../inodes.ts';
import { realEntry, realPath } from '../tree-lookup.ts';
import { type ElfNeeds, readElfNeeds } from './elf-needs.ts';
import type { PackageTree } from './package-tree.ts';

/**
 * Paths of the tree that the programs and libraries among `kept` need to run: the loader, the libraries that they are linked with, and
 * what these need, each with the links that lead to it. What is opened by name at run time (plugins) is not known here: `pick` names it.
 * Throws `package` for a library that no package brought into a folder where the loader looks.
 */
export function neededLibraries(tree: PackageTree, kept: Iterable<Bytes>): ReadonlySet<Bytes> {
  using reader = new ContentReader();
  const machines = new Map<Inode, ElfNeeds | undefined>();
  const needsOf = (path: Bytes): ElfNeeds | undefined => {
    const inode = tree.inodes.get(path);
    if (inode?.type !== 'file') return undefined;
    if (!machines.has(inode)) machines.set(inode, readElfNeeds(inode.content, reader));
    return machines.get(inode);
  };
  const defaults = defaultFolders(tree);
  const found = new Set<Bytes>();
  const seen = new Set<Bytes>();
  const pending = [...kept];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const needs = needsOf(path);
    if (needs === undefined) continue;
    const own = parentOf(path);
    const folders = [...needs.runPath.map((one) => expanded(tree, one, own)), ...defaults];
    const isFit = (one: Bytes): boolean => needsOf(one)?.machine === needs.machine;
    const steps = needs.needed.map((name) => {
      const chain = locate(tree, name, folders, isFit);
      if (chain === undefined) throw missing(path, name, tree);
      return chain;
    });
    if (needs.interpreter !== undefined) steps.push(chainOf(tree, bytesOf(needs.interpreter.replace(/^\/+/, ''))));
    for (const one of steps.flat()) {
      found.add(one);
      pending.push(one);
    }
  }
  return found;
}

/** Where Debian's loader looks without a cache (ld.so(8)), the architecture's folder first. */
function defaultFolders(tree: PackageTree): readonly Bytes[] {
  const folders = [...tree.inodes].filter(([path, { type }]) => type === 'directory' && isArchitectureFolder(path));
  return [...folders.map(([path]) => path), bytesOf('usr/lib')];
}

function isArchitectureFolder(path: Bytes): boolean {
  return /^usr\/lib\/[a-z0-9_]+-linux-gnu[a-z0-9]*$/.test(path);
}

function expanded(tree: PackageTree, folder: string, own: Bytes): Bytes {
  const path = folder.replace(/\$ORIGIN|\$\{ORIGIN\}/g, `/${own}`).replace(/^\/+/, '') as Bytes;
  return realPath(tree.inodes, path) ?? path;
}

function locate(
  tree: PackageTree,
  name: string,
  folders: readonly Bytes[],
  isFit: (path: Bytes) => boolean,
): readonly Bytes[] | undefined {
  for (const folder of folders) {
    const chain = chainOf(tree, `${folder}/${name}` as Bytes);
    const file = chain.at(-1);
    if (file !== undefined && isFit(file)) return chain;
  }
  return undefined;
}

/** A path and the links that lead from it to a file, all with their own folders resolved; empty when it leads nowhere. */
function chainOf(tree: PackageTree, path: Bytes): readonly Bytes[] {
  const chain: Bytes[] = [];
  let next = realEntry(tree.inodes, path);
  for (let step = 0; next !== undefined && step < 40; step += 1) {
    const inode = tree.inodes.get(next);
    if (inode === undefined) return [];
    chain.push(next);
    if (inode.type !== 'symlink') return chain;
    const target = inode.target.startsWith('/') ? inode.target.slice(1) : `${parentOf(next)}/${inode.target}`;
    next = realEntry(tree.inodes, target.replace(/^\/+/, '') as Bytes);
  }
  return [];
}

function missing(path: Bytes, name: string, tree: PackageTree): TskitError {
  const elsewhere = [...tree.inodes.keys()].find((one) => one.endsWith(`/${name}`));
  const act = `libraries: "/${textOf(path)}" needs "${textOf(name)}"`;
  if (elsewhere === undefined) {
    return new TskitError('package', `${act}: expected it in the packages, found no such`, {
      hint: 'name the package that has it in `packages`, or take it out of `without`',
    });
  }
  return new TskitError(
    'package',
    `${act}: expected it where the loader looks, such as /usr/lib, found "/${textOf(elsewhere)}"`,
    {
      hint: 'take the program out of `pick`, or pick libraries by hand instead of with `libraries` and set LD_LIBRARY_PATH in `config.env`',
    },
  );
}
