// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { BuildContext } from '../context.ts';
import { isEnabled, type KernelConfig } from '../kernel/config.ts';
import { runMake, type Tree } from './make.ts';

/** Where the parts of a compiled kernel are on disk. */
export interface CompiledKernel {
  /** "6.12.118-tskit". */
  readonly release: string;
  /** What boot loaders take. */
  readonly kernel: string;
  readonly vmlinux: string;
  readonly systemMap: string;
  readonly config: string;
  /** Folder that lies at /lib/modules/RELEASE in a system. */
  readonly modules: string;
}

/** Lists that modules_install would copy; they say what is built in, for whoever looks for a module. */
const moduleLists = ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'];

/** Compiles a configured tree, and shows how far it is. */
export async function compile(
  tree: Tree,
  config: KernelConfig,
  scratch: string,
  jobs: number | undefined,
  ctx: BuildContext,
): Promise<CompiledKernel> {
  const hasModules = isEnabled(config, 'CONFIG_MODULES');
  const { architecture, folder } = tree;
  const task = ctx.reporter.task('compiling the kernel');
  const total = expectedObjects(config);
  let objects = 0;
  const targets = [
    `-j${jobs ?? availableParallelism()}`,
    'vmlinux',
    architecture.target,
    ...(hasModules ? ['modules'] : []),
  ];
  try {
    await runMake(tree, targets, 'compiling the kernel', ctx, (line) => {
      if (!/^ {2}(CC|AS)(?: \[M\])? /.test(line)) return;
      objects++;
      // Where each is a line of its own, some fifty of them say enough.
      if (objects % Math.ceil(total / 50) === 0) task.detail(`${objects} objects of about ${Math.max(total, objects)}`);
    });
    task.done();
  } catch (error) {
    task.fail();
    throw error;
  }
  const release = (await readFile(join(folder, 'include/config/kernel.release'), 'utf8')).trim();
  return {
    release,
    kernel: join(folder, architecture.image),
    vmlinux: join(folder, 'vmlinux'),
    systemMap: join(folder, 'System.map'),
    config: join(folder, '.config'),
    modules: await installModules(tree, release, hasModules, scratch, ctx),
  };
}

/** How many objects such a configuration comes to, within a tenth or so: measured with the shipped fragments and with tinyconfig. */
export function expectedObjects(config: KernelConfig): number {
  const enabled = [...config.values()].filter((value) => value === 'y' || value === 'm').length;
  return Math.max(400, Math.round(1.8 * enabled - 110));
}

async function installModules(
  tree: Tree,
  release: string,
  hasModules: boolean,
  scratch: string,
  ctx: BuildContext,
): Promise<string> {
  const root = join(scratch, 'modules');
  const folder = join(root, 'lib/modules', release);
  if (hasModules) {
    // depmod's index is made when the image is written.
    const options = [`INSTALL_MOD_PATH=${root}`, 'INSTALL_MOD_STRIP=1', 'DEPMOD=true'];
    await runMake(tree, ['-s', ...options, 'modules_install'], 'installing modules', ctx);
    await rm(join(folder, 'build'), { force: true });
    await rm(join(folder, 'source'), { force: true });
    return folder;
  }
  await mkdir(folder, { recursive: true });
  for (const name of moduleLists) {
    const list = join(tree.folder, name);
    if (existsSync(list)) await cp(list, join(folder, name));
  }
  return folder;
}
