// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { basename } from 'node:path';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, type FileTree, type Inode, type LazyTree, textOf } from '../file-tree.ts';
import type { FlattenedImage } from '../flatten.ts';
import type { PlacedTree, PrefixedTree, RootFileSystem } from '../rootfs.ts';
import { resolvConfPath } from '../../init/contract/paths.ts';
import { apkDatabase, joinApkDatabases } from './apk.ts';
import { remember } from '../facts.ts';
import { addFiles } from './files.ts';
import { filterImage } from './image-filter.ts';
import { initPath } from './init.ts';
import { moduleFolders } from './kernel.ts';
import { keyOf } from './key.ts';
import { realEntry } from '../tree-lookup.ts';
import { mergeTree } from './merge.ts';
import type { ModuleChoice } from './module-choice.ts';
import { indexModules, moduleIndexVersion } from './modules.ts';
import type { Attributions } from './attribution.ts';
import { isModuleUse, moduleUse, type ModuleUse, pruneModules } from './prune-modules.ts';
import { keepReserved } from './reserved.ts';
import { diskModules, missingRootModules, rootModules } from './root-modules.ts';
import { skeleton } from './skeleton.ts';
import type { SpecFile } from './spec-file.ts';
import { clearFolder, fingerprint, subtree } from './subtree.ts';

/** What is merged into /. */
export interface RootParts {
  readonly init: readonly FlattenedImage[];
  readonly modules: LazyTree | undefined;
  readonly files: readonly SpecFile[];
  readonly attributions: Attributions;
}

/** What must be known of the merged root before anybody loads it. */
interface RootFacts {
  /** Place in `init` of the last image that brings /init; -1 when none does. */
  readonly initImage: number;
  /** One for each kernel release: its folder in the tree, and the fingerprint of what is in it. */
  readonly releases: readonly { readonly folder: string; readonly fingerprint: string }[];
}

/** The root file system without containers, in lazily made parts. */
export interface Root {
  /** The image whose /init is in it. */
  readonly initImage: FlattenedImage | undefined;
  /** The trees for emit; `keepInit` false leaves the images' /init out. */
  trees(keepInit: boolean, choice: ModuleChoice): readonly PlacedTree[];
  /** What a choice of modules comes to, for each kernel release. */
  moduleUse(choice: ModuleChoice): Promise<readonly ModuleUse[]>;
  /** The modules that a small initrd needs to find a root on a disk, for each kernel release. */
  rootModules(fileSystem: RootFileSystem): readonly PrefixedTree[];
  /** Whether there are modules of any release of the kernel. */
  readonly hasReleases: boolean;
  /** Drivers of disks that a release has as modules. */
  diskModules(): Promise<readonly string[]>;
  /**
   * Modules that a root on a disk needs and that a release does not have, or has not compiled in when there are to be no `modules`;
   * empty when all is there.
   */
  missingRootModules(fileSystem: RootFileSystem, modules: boolean): Promise<readonly string[]>;
}

/**
 * Merges, in this order: the standard directories, the init images (a later one wins), what kernel.tar holds (an init
 * image wins), the spec's files. The modules of each kernel release become a tree of their own: they are most of the
 * bytes and change least, so a changed file or init image must not compress them again.
 */
export async function makeRoot(parts: RootParts, ctx: BuildContext): Promise<Root> {
  // Before the module folders are cut out, since they belong into those.
  const moduleFiles = parts.files.filter(({ path }) => /^(usr\/)?lib\/modules\//.test(path));
  const otherFiles = parts.files.filter((file) => !moduleFiles.includes(file));
  const key = keyOf(
    'base',
    parts.init.map((image) => image.tree.key),
    parts.modules?.key ?? null,
    moduleFiles.map((file) => file.key),
    ctx.epoch,
  );
  let loading: Promise<Base> | undefined;
  const base = (): Promise<Base> => (loading ??= loadBase(parts, moduleFiles, ctx.epoch));
  const facts = await remember(ctx.cache, key, isRootFacts, async () => factsOf(await base()));
  const folders = facts.releases.map(({ folder }) => bytesOf(folder));
  const releases = facts.releases.map((release) => ({ release, tree: modulesTree(release, base, ctx) }));
  return {
    initImage: parts.init[facts.initImage],
    hasReleases: releases.length > 0,
    trees: (keepInit, choice) => [
      // Before the root, whose entries say what modes the folders above have.
      ...releases.map(({ release, tree }) => ({
        prefix: bytesOf(release.folder),
        tree: chosenModules(tree, choice, ctx.epoch),
        attributionOf: parts.attributions.ofModule,
      })),
      {
        prefix: bytesOf(''),
        tree: {
          key: keyOf(
            'root',
            key,
            otherFiles.map((file) => file.key),
            keepInit,
          ),
          label: 'root file system',
          load: async () => rootWithout(folders, (await base()).tree, otherFiles, keepInit, ctx.epoch),
        },
        attributionOf: parts.attributions.ofInode,
      },
    ],
    rootModules: (fileSystem) =>
      releases.map(({ release, tree }) => ({
        // Where init looks, wherever a link has them in the root.
        prefix: bytesOf(`lib/modules/${basename(release.folder)}`),
        tree: {
          key: keyOf('root modules', fileSystem, tree.key),
          label: 'modules for the root',
          load: async () => rootModules(await tree.load(), fileSystem, tree.label, ctx.epoch),
        },
      })),
    diskModules: async () => {
      const found = await Promise.all(
        releases.map(({ tree }) =>
          remember(ctx.cache, keyOf('disk modules', tree.key), isNames, async () => diskModules(await tree.load())),
        ),
      );
      return found.flat();
    },
    moduleUse: async (choice) =>
      await Promise.all(
        releases.map(({ tree }) =>
          remember(ctx.cache, keyOf('module use', choice, tree.key), isModuleUse, async () =>
            moduleUse(await tree.load(), choice, tree.label),
          ),
        ),
      ),
    missingRootModules: async (fileSystem, modules) => {
      const missing = await Promise.all(
        releases.map(({ tree }) =>
          remember(ctx.cache, keyOf('missing root modules', fileSystem, modules, tree.key), isNames, async () =>
            missingRootModules(await tree.load(), fileSystem, modules),
          ),
        ),
      );
      return missing.flat();
    },
  };
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

interface Base {
  readonly tree: FileTree;
  readonly initImage: number;
}

async function loadBase(parts: RootParts, moduleFiles: readonly SpecFile[], epoch: number): Promise<Base> {
  const root = skeleton(epoch);
  const images: FileTree[] = [];
  for (const image of parts.init) {
    const tree = filterImage(await image.tree.load(), { kind: 'link', target: resolvConfPath }, epoch);
    mergeTree(root, tree, 'added', `init image "${image.reference}"`);
    images.push(tree);
  }
  const database = joinApkDatabases(images);
  const databasePath = realEntry(root, apkDatabase);
  if (database !== undefined && databasePath !== undefined) root.set(databasePath, database);
  if (parts.modules !== undefined) {
    mergeTree(root, await parts.modules.load(), 'existing', parts.modules.label);
  }
  keepReserved(root);
  addFiles(root, moduleFiles, epoch);
  return { tree: root, initImage: images.findLastIndex((tree) => tree.has(initPath)) };
}

function factsOf({ tree, initImage }: Base): RootFacts {
  const releases = moduleFolders(tree).map((folder) => ({
    folder: textOf(folder),
    fingerprint: fingerprint(subtree(tree, folder)),
  }));
  return { initImage, releases };
}

function isRootFacts(value: unknown): value is RootFacts {
  const facts = value as Partial<RootFacts> | null | undefined;
  return (
    typeof facts?.initImage === 'number' &&
    Array.isArray(facts.releases) &&
    facts.releases.every((release) => typeof release.folder === 'string' && typeof release.fingerprint === 'string')
  );
}

function modulesTree(release: RootFacts['releases'][number], base: () => Promise<Base>, ctx: BuildContext): LazyTree {
  const label = `/${release.folder}`;
  let loading: Promise<FileTree> | undefined;
  return {
    key: keyOf('modules', moduleIndexVersion, release.fingerprint, ctx.epoch),
    label: `kernel modules in ${label}`,
    load: () =>
      (loading ??= base().then(({ tree }) => indexModules(subtree(tree, bytesOf(release.folder)), label, ctx))),
  };
}

function chosenModules(tree: LazyTree, choice: ModuleChoice, epoch: number): LazyTree {
  if (choice.kind === 'all') return tree;
  return {
    key: keyOf('chosen modules', choice, tree.key),
    label: tree.label,
    load: async () => pruneModules(await tree.load(), choice, tree.label, epoch),
  };
}

/** The base without its module folders' content, with the spec's files. */
function rootWithout(
  folders: readonly Bytes[],
  base: FileTree,
  files: readonly SpecFile[],
  keepInit: boolean,
  epoch: number,
): FileTree {
  const root = new Map<Bytes, Inode>(base);
  for (const folder of folders) clearFolder(root, folder);
  if (!keepInit) root.delete(initPath);
  addFiles(root, files, epoch);
  for (const folder of folders) checkEmpty(root, folder);
  return root;
}

function checkEmpty(root: FileTree, folder: Bytes): void {
  for (const path of root.keys()) {
    if (!path.startsWith(`${folder}/`)) continue;
    throw new TskitError(
      'spec',
      `adding a file that leads to "/${textOf(path)}" through a link: it would not be indexed`,
      {
        hint: 'write its path in `files` as /lib/modules/…',
      },
    );
  }
}
