// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { tmpdir } from 'node:os';
import { execa } from 'execa';
import { tsrun } from './container-bundle.ts';

/** The runtime that podman, containerd, Docker and buildah are given; another one can be named, to try the tests themselves. */
export const clientRuntime: string = process.env['TSKIT_CLIENT_RUNTIME'] ?? tsrun;

/** What stands in for a runtime that does nothing: a client's first container must fail with it. */
export const noRuntime = '/bin/false';

/** How a client's command ended. */
export interface ClientOutcome {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a client's command is run with. */
export interface ClientOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly limitMs?: number;
  /** Folder to work in; conmon leaves files there. */
  readonly cwd?: string;
}

/** Runs a client's command to its end, whatever its exit code is. */
export async function runClient(
  command: string,
  args: readonly string[],
  { env = {}, input = '', limitMs = 60_000, cwd = tmpdir() }: ClientOptions = {},
): Promise<ClientOutcome> {
  const result = await execa(command, args, {
    env,
    input,
    cwd,
    reject: false,
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  if (result.timedOut)
    throw new Error(`${command} ${args.join(' ')}: still running after ${limitMs} ms: ${result.stderr}`);
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

/** The standard output of a client's command that must end well. */
export async function clientOutput(command: string, args: readonly string[], options?: ClientOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await runClient(command, args, options);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${exitCode}: ${stderr}`);
  return stdout;
}
