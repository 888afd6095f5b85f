// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execa } from 'execa';

const root = new URL('../..', import.meta.url).pathname;

/** The CLI of this checkout, as built by `make build`. */
export const tskit: string = `${root}bin/tskit`;

export interface CliResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built CLI to its end; never rejects, so that a test looks at the exit code itself. */
export async function runTskit(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; limitMs?: number } = {},
): Promise<CliResult> {
  const { exitCode, stdout, stderr } = await execa(tskit, args, {
    reject: false,
    stdin: 'ignore',
    timeout: options.limitMs ?? 150_000,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.env !== undefined && { env: options.env }),
  });
  return { exitCode, stdout, stderr };
}
