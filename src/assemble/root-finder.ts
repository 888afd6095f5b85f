// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { RootPlan } from '../../init/contract/boot-plan.ts';
import { rootPlanPath } from '../../init/contract/paths.ts';
import { bytesOf, type FileTree, type LazyTree } from '../file-tree.ts';
import { addParents, directory, inlineFile } from '../inodes.ts';
import type { Platform } from '../oci/types.ts';
import type { RootChoice, RootFileSystem, RootFinder, Rootfs } from '../rootfs.ts';
import type { Spec } from '../spec/types.ts';
import { ownInit } from './init.ts';
import { keyOf } from './key.ts';
import { indispensableOptions, rootModuleNames } from './root-modules.ts';
import type { Root } from './root-tree.ts';

/** The `root` of a spec with its defaults. */
export function rootChoiceOf(root: Spec['root']): RootChoice {
  const {
    type = 'auto',
    verity = true,
    initrd = 'auto',
    on_corruption: onCorruption = 'panic',
  } = typeof root === 'string' ? { type: root } : (root ?? {});
  return { type, verity, initrd, onCorruption };
}

/**
 * What finds a root image on a disk (init/units/root.ts). It has the modules for disks that the kernel has, whichever the system itself
 * has; none when `hasModules` is false.
 */
export function rootFinder(
  root: Root,
  hasModules: boolean,
  kernelOptions: Rootfs['kernelOptions'],
  platform: Platform,
  epoch: number,
): RootFinder {
  return {
    trees: (fileSystem) => [
      { prefix: bytesOf(''), tree: ownInit(platform, epoch) },
      ...(hasModules ? root.rootModules(fileSystem) : []),
      { prefix: bytesOf(''), tree: planTree(fileSystem, epoch) },
    ],
    diskModules: () => (hasModules ? root.diskModules() : Promise.resolve([])),
    missingModules: async (fileSystem) =>
      root.hasReleases
        ? await root.missingRootModules(fileSystem, hasModules)
        : await missingOptions(fileSystem, kernelOptions),
  };
}

/** Of a kernel that brings no modules its configuration alone knows what it can read; without one it is taken at its word. */
async function missingOptions(
  fileSystem: RootFileSystem,
  kernelOptions: Rootfs['kernelOptions'],
): Promise<readonly string[]> {
  const needed = indispensableOptions[fileSystem];
  const options = await kernelOptions?.(needed);
  return options === undefined ? [] : needed.filter((option) => options.values[option] !== 'y');
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
