// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { addParents, directory, inlineFile, symlink } from '../inodes.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, type Inode, textOf } from '../file-tree.ts';
import { ownerOf } from './account-ids.ts';
import { globPattern, isGlob } from './glob.ts';
import { type PackageTree, placeOf, subtree, treePath } from './package-tree.ts';
import type { DirStep, FileStep, LinkStep, Move, Ownership, Pick } from './recipe.ts';

// The steps of a recipe after its packages are in the tree, one function each, in the order in which they are done. All throw
// `package` for a path that is not there: a recipe that asks for nothing hides a mistake, or a package that has changed.

/**
 * Keeps what one of the globs names, with what is below and the directories above; "!" takes away again. `also` names further
 * paths for those that are kept, which nothing takes away.
 */
export function pick(
  tree: PackageTree,
  entries: readonly Pick[],
  also: (kept: Iterable<Bytes>) => Iterable<Bytes> = () => [],
): void {
  const globs = entries.map((entry) => (typeof entry === 'string' ? { path: entry } : entry));
  const keep = globs.filter(({ path }) => !path.startsWith('!')).map((one) => subtreePattern(tree, one));
  const drop = globs
    .filter(({ path }) => path.startsWith('!'))
    .map((one) => subtreePattern(tree, { ...one, path: one.path.slice(1) }));
  for (const { glob, optional, pattern } of keep) {
    if (!optional && ![...tree.owners.keys()].some((path) => pattern.test(path))) throw nothing('pick', glob);
  }
  const isKept = (path: Bytes): boolean =>
    (keep.length === 0 || keep.some(({ pattern }) => pattern.test(path))) &&
    !drop.some(({ pattern }) => pattern.test(path));
  const kept = new Map([...tree.inodes].filter(([path]) => tree.base.has(path) || isKept(path)));
  for (const path of also([...kept.keys()])) {
    const inode = tree.inodes.get(path);
    if (inode !== undefined) kept.set(path, inode);
  }
  for (const path of kept.keys()) restoreParents(tree, kept, path);
  for (const path of tree.inodes.keys()) {
    if (kept.has(path)) continue;
    tree.inodes.delete(path);
    tree.owners.delete(path);
  }
}

function restoreParents(tree: PackageTree, kept: Map<Bytes, Inode>, path: Bytes): void {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const parent = path.slice(0, at) as Bytes;
    const inode = tree.inodes.get(parent);
    if (inode !== undefined) kept.set(parent, inode);
  }
}

function subtreePattern(
  tree: PackageTree,
  { path, optional = false }: Exclude<Pick, string>,
): { readonly glob: string; readonly optional: boolean; readonly pattern: RegExp } {
  const { source } = globPattern(treePath(tree, path));
  return { glob: path, optional, pattern: new RegExp(`${source.slice(0, -1)}(?:/.*)?$`, 's') };
}

/** Gives a path, with all below it, another place. */
export function move(tree: PackageTree, { from, to, optional }: Move, epoch: number): void {
  if (optional === true && matching(tree, from).length === 0) return;
  const source = onePath(tree, 'move', from);
  const target = placeOf(tree, 'move', to);
  requireFree(tree, 'move', target);
  for (const path of subtree(tree, source)) {
    const moved = (target + path.slice(source.length)) as Bytes;
    const inode = tree.inodes.get(path);
    const owners = tree.owners.get(path);
    tree.inodes.delete(path);
    tree.owners.delete(path);
    if (inode !== undefined) tree.inodes.set(moved, inode);
    if (owners !== undefined)
      tree.owners.set(
        moved,
        owners.map((owner) => ({ ...owner, path: `/${textOf(moved)}` })),
      );
  }
  addParents(tree.inodes, target, epoch);
}

/** The one path that a recipe means; a glob must match exactly one. */
export function onePath(tree: PackageTree, step: string, path: string): Bytes {
  const found = matching(tree, path);
  const [first] = found;
  if (first === undefined) throw nothing(step, path);
  if (found.length > 1) {
    const names = found.slice(0, 4).map((one) => `"/${textOf(one)}"`);
    throw new TskitError('package', `${step} "${path}": expected one path, found ${found.length}: ${names.join(', ')}`);
  }
  return first;
}

/** The paths that a path or glob of a recipe means, sorted. */
export function matching(tree: PackageTree, path: string): readonly Bytes[] {
  const wanted = treePath(tree, path);
  if (!isGlob(path)) return tree.inodes.has(wanted) ? [wanted] : [];
  const pattern = globPattern(wanted);
  return [...tree.inodes.keys()].filter((one) => pattern.test(one)).sort();
}

/** Makes a directory, or gives one that is there its mode and owner. */
export function makeDirectory(tree: PackageTree, step: DirStep, epoch: number): void {
  const path = placeOf(tree, 'dirs', step.path);
  const existing = tree.inodes.get(path);
  if (existing !== undefined && existing.type !== 'directory') {
    throw new TskitError(
      'package',
      `dirs "${step.path}": expected a directory or nothing there, found a ${existing.type}`,
    );
  }
  addParents(tree.inodes, path, epoch);
  tree.inodes.set(path, directory(existing?.mtime ?? epoch, modeOf(step, '0755'), ownerOf(tree, step)));
}

/** Makes one symbolic link, or one for each name. A path that is taken is an error: a link would hide what a package brought. */
export function makeLinks(tree: PackageTree, step: LinkStep, epoch: number): void {
  const paths = 'path' in step ? [step.path] : step.names.map((name) => `${step.in}/${name}`);
  for (const one of paths) {
    const path = placeOf(tree, 'links', one);
    requireFree(tree, 'links', path);
    addParents(tree.inodes, path, epoch);
    tree.inodes.set(path, symlink(epoch, step.target));
  }
}

/** Writes a file, over one of a package's too. `data` is the content that the step names. */
export function writeFileStep(tree: PackageTree, step: FileStep, data: Uint8Array, epoch: number): void {
  const path = placeOf(tree, 'files', step.path);
  const existing = tree.inodes.get(path);
  if (existing?.type === 'directory') {
    throw new TskitError('package', `files "${step.path}": expected a file or nothing there, found a directory`);
  }
  addParents(tree.inodes, path, epoch);
  const mode = modeOf(step, step.program === undefined ? '0644' : '0755');
  tree.inodes.set(path, inlineFile(epoch, data, mode, ownerOf(tree, step)));
}

export function requireFree(tree: PackageTree, step: string, path: Bytes): void {
  const existing = tree.inodes.get(path);
  if (existing === undefined) return;
  const owner = tree.owners.get(path)?.[0]?.package;
  const whose = owner === undefined ? '' : ` of package "${owner}"`;
  throw new TskitError(
    'package',
    `${step} "/${textOf(path)}": expected nothing there, found a ${existing.type}${whose}`,
  );
}

/** Permission bits of a step. */
export function modeOf(step: Ownership, otherwise: string): number {
  return Number.parseInt(step.mode ?? otherwise, 8);
}

/** Error for a step that names a path which is not there. */
export function nothing(step: string, path: string): TskitError {
  return new TskitError('package', `${step} "${path}": expected it in the packages, found no such path`, {
    hint: 'list what a package has with `dpkg-deb --contents FILE`',
  });
}
