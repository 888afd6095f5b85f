// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { deleteAll, type Outcome, type TestBundle, tsrun } from './container-bundle.ts';

/** What "state" prints. */
export interface StateReport {
  readonly ociVersion: string;
  readonly id: string;
  readonly pid: number;
  readonly status: string;
  readonly bundle: string;
  readonly rootfs: string;
  readonly created: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner: string;
}

/** A root of tsrun of its own: what is in it when it goes is deleted by force. */
export interface RuntimeRoot extends AsyncDisposable {
  readonly path: string;
  /** Runs a command with --root and everything that it needs to end; containers write elsewhere (`output`). */
  run(...args: readonly string[]): Promise<Outcome>;
  /** The same; throws unless it ends with 0, and gives what it printed. */
  ok(...args: readonly string[]): Promise<string>;
  /** The same for what leaves a process behind: its streams are the file that `output` reads. */
  leave(...args: readonly string[]): Promise<Outcome>;
  /** What processes that were left behind wrote so far. */
  output(): string;
  state(id: string): Promise<StateReport>;
}

/** Makes an empty root. */
export async function makeRuntimeRoot(): Promise<RuntimeRoot> {
  const folder = await mkdtemp(join(tmpdir(), 'tskit-root-'));
  const path = join(folder, 'root');
  const outputFile = join(folder, 'output');
  const run = async (...args: readonly string[]): Promise<Outcome> => {
    const result = await execa(tsrun, ['--root', path, ...args], { reject: false, stdin: 'ignore', timeout: 60_000 });
    return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
  };
  const ok = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(...args);
    if (exitCode !== 0) throw new Error(`tsrun ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
    return stdout;
  };
  return {
    path,
    run,
    ok,
    leave: async (...args) => {
      const output = openSync(outputFile, 'a');
      try {
        const log = join(folder, 'log');
        const { status } = spawnSync(tsrun, ['--root', path, '--log', log, ...args], {
          stdio: ['ignore', output, output],
          timeout: 60_000,
        });
        return { exitCode: status ?? undefined, stdout: '', stderr: await readFile(log, 'utf8') };
      } finally {
        closeSync(output);
      }
    },
    output: () => readFileSync(outputFile, 'utf8'),
    state: async (id) => JSON.parse(await ok('state', id)) as StateReport,
    [Symbol.asyncDispose]: async () => {
      await deleteAll(path);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The bundle of a container in that root: what is made of it is deleted first. */
export function bundleIn(root: RuntimeRoot, bundle: TestBundle): TestBundle {
  return {
    ...bundle,
    [Symbol.asyncDispose]: async () => {
      await root.run('delete', '--force', bundle.id);
      await bundle[Symbol.asyncDispose]();
    },
  };
}
