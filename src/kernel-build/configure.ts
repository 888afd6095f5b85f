// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { configValue, type KernelConfig, parseKernelConfig } from '../kernel/config.ts';
import { type RequestedOption, requestLines } from './fragments.ts';
import { readKconfig } from './kconfig.ts';
import { lostOptions, lostOptionsError } from './lost-options.ts';
import { generatedKey } from './module-key.ts';
import { runMake, type Tree } from './make.ts';

/**
 * Configures a source tree: the smallest kernel that there is (tinyconfig), what is asked for on top, and Kconfig's defaults for the rest.
 * Throws `package` when an option did not come out as asked, with all of them and why.
 */
export async function configure(
  tree: Tree,
  requests: ReadonlyMap<string, RequestedOption>,
  ctx: BuildContext,
): Promise<KernelConfig> {
  const act = 'configuring the kernel';
  const file = join(tree.folder, '.config');
  await runMake(tree, ['-s', 'tinyconfig'], act, ctx);
  const tiny = parseKernelConfig(await readFile(file, 'utf8'));
  const kept = [...tiny].filter(([option]) => !requests.has(option)).map(([option, value]) => ({ option, value }));
  await writeFile(file, requestLines([...kept, ...requests.values()]));
  await runMake(tree, ['-s', 'olddefconfig'], act, ctx);
  const config = parseKernelConfig(await readFile(file, 'utf8'));
  // Kconfig's files are read only now: all is well as a rule.
  if ([...requests.values()].some(({ option, value }) => configValue(config, option) !== value)) {
    throw lostOptionsError(lostOptions(requests, config, readKconfig(tree.folder, tree.architecture.source)));
  }
  requireReproducible(config);
  return config;
}

/** A key that the build makes for itself is another one every time, and thrown away: so are its signatures. */
function requireReproducible(config: KernelConfig): void {
  if (configValue(config, 'CONFIG_MODULE_SIG') !== 'y') return;
  if (configValue(config, 'CONFIG_MODULE_SIG_KEY') !== generatedKey) return;
  throw new TskitError(
    'package',
    'configuring the kernel: CONFIG_MODULE_SIG is set without a key of yours, and a key that the build makes is another one every time',
    {
      hint: 'name yours with --module-key, or build without modules, or without signatures and lockdown',
    },
  );
}
