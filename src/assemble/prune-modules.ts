// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { moduleAliasDir, moduleListName } from '../../init/contract/paths.ts';
import { ContentReader } from '../content.ts';
import { type Bytes, bytesOf, contentSize, type FileTree, type Inode } from '../file-tree.ts';
import type { ModuleChoice } from './module-choice.ts';
import { readBuiltin, readModules, writeIndex } from './modules.ts';
import { selectModules, type UnknownModule } from './select-modules.ts';

/** How many modules, and their files' bytes. */
export interface ModuleAmount {
  readonly count: number;
  readonly bytes: number;
}

/** What a choice comes to for one release. */
export interface ModuleUse {
  readonly all: ModuleAmount;
  readonly kept: ModuleAmount;
  readonly unknown: readonly UnknownModule[];
}

/** The folder of a release, indexed, without the modules that a choice leaves out, and with the index of the others. */
export function pruneModules(tree: FileTree, choice: ModuleChoice, label: string, epoch: number): FileTree {
  using reader = new ContentReader();
  const modules = readModules(tree, label, reader);
  const builtin = readBuiltin(tree);
  const { kept } = selectModules(modules, builtin, choice);
  const dropped = new Set(modules.filter(({ name }) => !kept.has(name)).map(({ path }) => bytesOf(path)));
  // Of kmod's own index lines that lead nowhere do no harm, and text of ours is made anew.
  const isKmods = tree.has(bytesOf('modules.dep.bin'));
  const made = /^modules\.(dep|alias|softdep|devname)$/;
  const result = new Map<Bytes, Inode>();
  for (const [path, inode] of tree) {
    const isIndex = path === moduleListName || path.startsWith(`${moduleAliasDir}/`) || (!isKmods && made.test(path));
    if (!dropped.has(path) && !isIndex) result.set(path, inode);
  }
  removeEmptyFolders(result);
  writeIndex(
    result,
    modules.filter(({ name }) => kept.has(name)),
    builtin,
    epoch,
  );
  return result;
}

/** What a choice comes to. `tree` is the folder of a release, indexed, with all modules. */
export function moduleUse(tree: FileTree, choice: ModuleChoice, label: string): ModuleUse {
  using reader = new ContentReader();
  const modules = readModules(tree, label, reader);
  const { kept, unknown } = selectModules(modules, readBuiltin(tree), choice);
  const amountOf = (some: typeof modules): ModuleAmount => ({
    count: some.length,
    bytes: some.reduce((sum, { path }) => sum + sizeAt(tree, path), 0),
  });
  return { all: amountOf(modules), kept: amountOf(modules.filter(({ name }) => kept.has(name))), unknown };
}

/** Recognises one that was remembered. */
export function isModuleUse(value: unknown): value is ModuleUse {
  const use = value as Partial<ModuleUse> | null | undefined;
  return typeof use?.all?.bytes === 'number' && typeof use.kept?.bytes === 'number' && Array.isArray(use.unknown);
}

function sizeAt(tree: FileTree, path: string): number {
  const inode = tree.get(bytesOf(path));
  return inode?.type === 'file' ? contentSize(inode.content) : 0;
}

/** Folders of modules alone, from the innermost on. */
function removeEmptyFolders(tree: Map<Bytes, Inode>): void {
  const used = new Set<string>(['']);
  for (const [path, inode] of tree) {
    if (inode.type === 'directory') continue;
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) used.add(path.slice(0, at));
  }
  for (const [path, inode] of tree) {
    if (inode.type === 'directory' && path.startsWith('kernel') && !used.has(path)) tree.delete(path);
  }
}
