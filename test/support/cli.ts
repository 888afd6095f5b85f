// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execa } from 'execa';

const root = new URL('../..', import.meta.url).pathname;

/** The CLI of this checkout, as built by `make build`. */
export const tskit: string = `${root}bin/tskit`;

export interface CliResult {
  readonly exitCode: number | undefined;
  readonly signal?: NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** A command that runs the CLI, such as {@link asNobody}. */
  readonly through?: readonly [program: string, ...args: string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly limitMs?: number;
  /** Standard input; nothing unless given. */
  readonly input?: string;
}

/** Runs a command as a user who owns nothing, but may read the checkout wherever it is. */
// biome-ignore format: one option a line would hide that it is one command
export const asNobody: readonly [string, ...string[]] = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups',
  '--inh-caps', '+dac_read_search', '--ambient-caps', '+dac_read_search', '--'];

/** Runs the built CLI to its end; never rejects, so that a test looks at the exit code itself. */
export async function runTskit(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return await startTskit(args, options).ended;
}

/** The built CLI while it runs. */
export interface RunningTskit {
  readonly pid: number;
  readonly ended: Promise<CliResult>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the built CLI. */
export function startTskit(args: readonly string[], options: CliOptions = {}): RunningTskit {
  const [program, ...words] = [...(options.through ?? []), tskit, ...args];
  const child = execa(program ?? tskit, words, {
    reject: false,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    timeout: options.limitMs ?? 150_000,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.env !== undefined && { env: options.env }),
  });
  const ended = child.then(({ exitCode, signal, stdout, stderr }) => ({
    exitCode,
    stdout,
    stderr,
    ...(signal !== undefined && { signal }),
  }));
  return { pid: child.pid ?? 0, ended, kill: (signal) => void child.kill(signal) };
}
