// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { ContentReader, readContent } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, type Content, type FileTree, type Inode, textOf } from '../file-tree.ts';
import { type Compressed, compressionOf, expandAll } from '../kernel/expand.ts';
import { inContext } from '../oci/error-context.ts';
import { addParents, inlineFile } from '../inodes.ts';
import { modinfoFields, normalise, readModinfo } from './modinfo.ts';
import { depmodFiles, type Module, moduleIndex } from './module-index.ts';

/** The largest modules of any distribution (GPU drivers with debugging symbols) are below this. */
const maxModuleSize = 512 * 1024 * 1024;

/** modules.order of a distribution with everything as a module has about 200 KiB. */
const maxListSize = 16 * 1024 * 1024;

/** Part of the key of what is cached: to be raised when other files come out of the same modules. */
export const moduleIndexVersion = 2;

/** Files that depmod makes of the modules' files: wrong once those are decompressed and have other names. */
const depmodMade = /^modules\.(dep|alias|symbols|softdep)(\.bin)?$/;

/**
 * Makes the folder of one kernel release ready to boot: modules decompressed, since init loads only plain ones, and the
 * index of them written beside. What depmod would write is added when the release comes without it (Debian's packages
 * run depmod at installation). `tree` is that folder alone, paths starting from it; it is not changed. `label` names it
 * in errors.
 */
export async function indexModules(tree: FileTree, label: string, ctx: BuildContext): Promise<FileTree> {
  using reader = new ContentReader();
  const result = new Map(tree);
  const expanded = await expandModules(result, label, reader, ctx);
  if (expanded) {
    for (const path of tree.keys()) if (depmodMade.test(path)) result.delete(path);
  }
  writeIndex(result, readModules(result, label, reader), readBuiltin(result), ctx.epoch);
  return result;
}

/** Adds init's index of modules to the folder of a release, and what depmod would write as far as it is not there. */
export function writeIndex(
  tree: Map<Bytes, Inode>,
  modules: readonly Module[],
  builtin: readonly string[],
  epoch: number,
): void {
  for (const [path, text] of moduleIndex(modules, builtin)) addText(tree, bytesOf(path), text, epoch);
  for (const [path, text] of depmodFiles(modules)) {
    if (!tree.has(bytesOf(path))) addText(tree, bytesOf(path), text, epoch);
  }
}

/** Replaces each x.ko.gz, x.ko.xz and x.ko.zst by x.ko; false when there were none. */
async function expandModules(
  tree: Map<Bytes, Inode>,
  label: string,
  reader: ContentReader,
  ctx: BuildContext,
): Promise<boolean> {
  const found: (Compressed & { readonly path: Bytes; readonly inode: Inode })[] = [];
  for (const [path, inode] of [...tree].sort(byPath)) {
    if (inode.type !== 'file' || !/\.ko\.(gz|xz|zst)$/.test(path)) continue;
    const compression = compressionOf(inode.content, reader);
    const name = `${label}/${textOf(path)}`;
    if (compression === undefined)
      throw new TskitError('format', `module "${name}" is not compressed as its name says`);
    found.push({ path, inode, name, content: inode.content, compression });
  }
  if (found.length === 0) return false;
  const contents = await expandAll(found, maxModuleSize, ctx);
  for (const [index, { path, inode }] of found.entries()) {
    const content = contents[index];
    if (inode.type !== 'file' || content === undefined) continue;
    tree.delete(path);
    tree.set(path.replace(/\.[a-z]+$/, '') as Bytes, { ...inode, content });
  }
  return true;
}

/**
 * In the order of modules.order (the kernel's link order, which decides between modules for one device), others after
 * it.
 */
export function readModules(tree: FileTree, label: string, reader: ContentReader): readonly Module[] {
  const order = new Map(lines(tree, 'modules.order').map((path, index) => [plainPath(path), index]));
  const paths = [...tree].filter(([path, inode]) => inode.type === 'file' && path.endsWith('.ko')).sort(byPath);
  return paths
    .map(([path, inode]) => ({ path, inode, rank: order.get(path) ?? order.size }))
    .sort((a, b) => a.rank - b.rank)
    .flatMap(({ path, inode }) => (inode.type === 'file' ? [readModule(path, inode.content, label, reader)] : []));
}

function readModule(path: Bytes, content: Content, label: string, reader: ContentReader): Module {
  try {
    return { name: moduleName(path), path: textOf(path), ...readModinfo(content, reader) };
  } catch (error) {
    throw inContext(`reading kernel module "${label}/${textOf(path)}"`, error);
  }
}

/** Names of what is compiled in: modules.builtin, and modules.builtin.modinfo for what has no file of its own. */
export function readBuiltin(tree: FileTree): readonly string[] {
  const named = lines(tree, 'modules.builtin').map(moduleName);
  const modinfo = tree.get(bytesOf('modules.builtin.modinfo'));
  const described =
    modinfo?.type === 'file'
      ? modinfoFields(readContent(modinfo.content, maxListSize)).map(([key]) =>
          normalise(key.slice(0, key.indexOf('.'))),
        )
      : [];
  return [...new Set([...named, ...described])].filter(Boolean);
}

function lines(tree: FileTree, path: string): readonly string[] {
  const inode = tree.get(bytesOf(path));
  if (inode?.type !== 'file') return [];
  return readContent(inode.content, maxListSize)
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');
}

function moduleName(path: string): string {
  return normalise(
    plainPath(path)
      .slice(path.lastIndexOf('/') + 1)
      .replace(/\.ko$/, ''),
  );
}

function plainPath(path: string): string {
  return path.replace(/\.ko\.[a-z]+$/, '.ko');
}

function addText(tree: Map<Bytes, Inode>, path: Bytes, text: string, epoch: number): void {
  addParents(tree, path, epoch);
  tree.set(path, inlineFile(epoch, text));
}

function byPath(a: readonly [Bytes, Inode], b: readonly [Bytes, Inode]): number {
  return a[0] < b[0] ? -1 : 1;
}
