// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile } from 'node:fs/promises';
import { parseKernelConfig } from '../kernel/config.ts';
import { formatHardening, hardeningReport } from '../kernel/hardening.ts';
import { TskitError } from '../errors.ts';
import type { Invocation, Option } from './command.ts';

/** Options of `tskit kernel check`. */
export const kernelCheckOptions: Readonly<Record<string, Option>> = {
  hardening: { help: 'check: compare with the hardening that the Kernel Self-Protection Project recommends' },
  'kernel-config': { value: 'FILE', help: 'check: a configuration in place of the one in the kernel image' },
  json: { help: 'print the result as JSON' },
};

/** `tskit kernel check`. */
export async function runKernelCheck(invocation: Invocation, _args: readonly string[]): Promise<number> {
  const file = invocation.one('kernel-config');
  if (file === undefined || !invocation.flag('hardening')) {
    throw new TskitError('usage', 'kernel check: expected --hardening and --kernel-config FILE');
  }
  const report = hardeningReport(parseKernelConfig(await readConfigFile(file)), 'amd64');
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
