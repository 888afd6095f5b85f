// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile } from 'node:fs/promises';
import type { KernelConfig } from '../kernel/config.ts';
import { formatHardening, hardeningReport } from '../kernel/hardening.ts';
import { configOf } from '../kernel/image-config.ts';
import { TskitError } from '../errors.ts';
import { contextOptions } from './build-context.ts';
import type { Command, Invocation, Option } from './command.ts';
import { runNeedsCheck } from './kernel-needs.ts';
import { platformOf, platformOption, specOptions } from './spec-input.ts';

/** Options of `tskit kernel check`. */
export const kernelCheckOptions: Readonly<Record<string, Option>> = {
  hardening: { help: 'check: compare with the hardening that the Kernel Self-Protection Project recommends' },
  'kernel-config': { value: 'FILE', help: 'check: a configuration in place of the one in the kernel image' },
  json: { help: 'print the result as JSON' },
  ...specOptions,
  ...platformOption,
  ...contextOptions,
};

/** `tskit kernel check`. `command` is for messages about its arguments. */
export async function runKernelCheck(
  invocation: Invocation,
  args: readonly string[],
  command: Command,
): Promise<number> {
  const file = invocation.one('kernel-config');
  const named = file === undefined ? undefined : { file, config: await readConfigFile(file) };
  if (!invocation.flag('hardening')) {
    if (args.length === 0 && named === undefined)
      throw new TskitError('usage', 'kernel check: expected SPEC or --kernel-config FILE, found neither');
    return await runNeedsCheck(command, invocation, args, named);
  }
  if (args.length > 0) throw new TskitError('usage', `kernel check --hardening: expected no SPEC, found "${args[0]}"`);
  if (named === undefined) throw new TskitError('usage', 'kernel check --hardening: expected --kernel-config FILE');
  const { architecture } = platformOf(invocation);
  if (architecture !== 'amd64' && architecture !== 'arm64')
    throw new TskitError('usage', `kernel check --hardening: expected --arch amd64 or arm64, found "${architecture}"`);
  const report = hardeningReport(named.config, architecture);
  if (invocation.flag('json')) invocation.print(JSON.stringify(report));
  else for (const line of formatHardening(report)) invocation.show(line);
  return 0;
}

/** A configuration as /boot/config-* and /proc/config.gz have it. */
async function readConfigFile(file: string): Promise<KernelConfig> {
  const act = `reading the kernel configuration "${file}"`;
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new TskitError('io', `${act}: ${(error as Error).message}`, { cause: error });
  }
  const config = configOf(bytes);
  if (config !== undefined) return config;
  throw new TskitError('format', `${act}: expected lines such as CONFIG_NET=y, found none`, {
    hint: 'name a `.config`, a /boot/config-*, or a /proc/config.gz',
  });
}
