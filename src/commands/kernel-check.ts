// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile } from 'node:fs/promises';
import { parseKernelConfig } from '../kernel/config.ts';
import { formatHardening, hardeningReport } from '../kernel/hardening.ts';
import { TskitError } from '../errors.ts';
import { contextOptions } from './build-context.ts';
import type { Command, Invocation, Option } from './command.ts';
import { runNeedsCheck } from './kernel-needs.ts';
import { platformOption, specOptions } from './spec-input.ts';

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
  const named = file === undefined ? undefined : { file, config: parseKernelConfig(await readConfigFile(file)) };
  if (!invocation.flag('hardening')) {
    if (args.length === 0 && named === undefined)
      throw new TskitError('usage', 'kernel check: expected SPEC or --kernel-config FILE, found neither');
    return await runNeedsCheck(command, invocation, args, named);
  }
  if (named === undefined) throw new TskitError('usage', 'kernel check --hardening: expected --kernel-config FILE');
  const report = hardeningReport(named.config, 'amd64');
  if (invocation.flag('json')) invocation.print(JSON.stringify(report));
  else for (const line of formatHardening(report)) invocation.show(line);
  return 0;
}

async function readConfigFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new TskitError('io', `reading the kernel configuration "${file}": ${(error as Error).message}`, {
      cause: error,
    });
  }
}
