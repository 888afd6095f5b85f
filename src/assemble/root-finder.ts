// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { RootPlan } from '../../init/contract/boot-plan.ts';
import { rootPlanPath } from '../../init/contract/paths.ts';
import { bytesOf, type FileTree, type LazyTree } from '../file-tree.ts';
import { addParents, directory, inlineFile } from '../inodes.ts';
import type { Platform } from '../oci/types.ts';
import type { RootChoice, RootFileSystem, RootFinder } from '../rootfs.ts';
import type { Spec } from '../spec/types.ts';
import { ownInit } from './init.ts';
import { keyOf } from './key.ts';
import { rootModuleNames } from './root-modules.ts';
import type { Root } from './root-tree.ts';

/** The `root` of a spec with its defaults. */
export function rootChoiceOf(root: Spec['root']): RootChoice {
  const {
    type = 'auto',
    verity = true,
    on_corruption: onCorruption = 'panic',
  } = typeof root === 'string' ? { type: root } : (root ?? {});
  return { type, verity, onCorruption };
}

/**
 * What finds a root image on a disk (init/units/root.ts). It has the modules for disks that the kernel has, whichever the system itself
 * has; none when `hasModules` is false.
 */
export function rootFinder(root: Root, hasModules: boolean, platform: Platform, epoch: number): RootFinder {
  return {
    trees: (fileSystem) => [
      { prefix: bytesOf(''), tree: ownInit(platform, epoch) },
      ...(hasModules ? root.rootModules(fileSystem) : []),
      { prefix: bytesOf(''), tree: planTree(fileSystem, epoch) },
    ],
    missingModules: (fileSystem) => root.missingRootModules(fileSystem, hasModules),
  };
}

function planTree(fileSystem: RootFileSystem, epoch: number): LazyTree {
  const plan: RootPlan = { modules: rootModuleNames[fileSystem], panic: 'reboot' };
  const text = `${JSON.stringify(plan)}\n`;
  const load = (): Promise<FileTree> => {
    const tree = new Map([[bytesOf(''), directory(epoch)]]);
    const path = bytesOf(rootPlanPath.slice(1));
    addParents(tree, path, epoch);
    return Promise.resolve(tree.set(path, inlineFile(epoch, text)));
  };
  return { key: keyOf('root plan', text, epoch), label: 'plan for the root', load };
}
