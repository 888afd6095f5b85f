// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect } from 'vitest';
import { runTskit } from './cli.ts';

/** Runs a program in a service of a booted machine, by the name that `tskit run --name` has; its output, when it ends well. */
export async function execIn(machine: string, service: string, ...program: readonly string[]): Promise<string> {
  const args = ['ctl', 'exec', '--timeout', '60', '--name', machine, service, '--', ...program];
  const { exitCode, stdout, stderr } = await runTskit(args);
  expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
  return stdout.trimEnd();
}
