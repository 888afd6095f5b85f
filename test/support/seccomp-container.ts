// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Containers under a filter, whose program (test/native/calls.c) makes the calls that the filter is to decide.

import { execFileSync } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { LinuxSeccomp } from '../../init/contract/linux-config.ts';
import type { Process, RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { baseConfig, makeBundle, type Outcome, type TestBundle, tsrun } from './container-bundle.ts';

const sources = join(import.meta.dirname, '../native');

/** Compiles it, static, to be put into containers. */
export function buildCalls(file: string): void {
  execFileSync('musl-gcc', ['-static', '-Wall', '-Wextra', '-Werror', '-O1', join(sources, 'calls.c'), '-o', file]);
}

/** A bundle whose root holds the program, and a state folder of its own for tsrun. */
export interface SeccompBundle extends AsyncDisposable {
  readonly bundle: TestBundle;
  /** Where tsrun keeps compiled filters. */
  readonly cache: string;
  /** Runs a container that makes the calls, and gives a line for each. Throws when it does not end well. */
  calls(seccomp: LinuxSeccomp, calls: readonly string[], process?: Partial<Process>): Promise<readonly string[]>;
  /** As calls; whatever comes of it. */
  run(seccomp: LinuxSeccomp, calls: readonly string[], process?: Partial<Process>): Promise<Outcome>;
  /** As run, with a tsrun that has lost this capability ("sys_ptrace"). */
  runWithout(capability: string, seccomp: LinuxSeccomp, calls: readonly string[]): Promise<Outcome>;
  /** Runs tsrun on this state folder. */
  tsrun(...words: readonly string[]): Promise<Outcome>;
  /** Makes the container and leaves it; its output goes nowhere. */
  create(seccomp: LinuxSeccomp, calls: readonly string[]): Promise<void>;
}

/** Makes a bundle with this build of the program. */
export async function makeSeccompBundle(calls: string): Promise<SeccompBundle> {
  const bundle = await makeBundle(calls);
  await copyFile(calls, join(bundle.rootfs, 'calls'));
  const { root } = bundle;
  const runtime = async (...words: readonly string[]): Promise<Outcome> =>
    await command(tsrun, ['--root', root, ...words]);
  const command = async (program: string, words: readonly string[]): Promise<Outcome> => {
    const { exitCode, stdout, stderr } = await execa(program, words, {
      reject: false,
      stdin: 'ignore',
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    return { exitCode, stdout, stderr: stderr.replaceAll(bundle.id, 'ID') };
  };
  const run: SeccompBundle['run'] = async (seccomp, words, process) => {
    await bundle.write(seccompConfig(seccomp, words, process));
    return await command(tsrun, bundle.words('run'));
  };
  return {
    bundle,
    cache: join(root, '@seccomp'),
    run,
    tsrun: runtime,
    runWithout: async (capability, seccomp, words) => {
      await bundle.write(seccompConfig(seccomp, words));
      const run = [tsrun, ...bundle.words('run')];
      return await command('setpriv', [`--bounding-set=-${capability}`, `--inh-caps=-${capability}`, ...run]);
    },
    create: async (seccomp, words) => {
      await bundle.write(seccompConfig(seccomp, words));
      await execa(tsrun, bundle.words('create'), { stdio: 'ignore' });
    },
    calls: async (seccomp, words, process) => {
      const { exitCode, stdout, stderr } = await run(seccomp, words, process);
      if (exitCode !== 0) throw new Error(`the container ended with ${exitCode}: ${stderr}`);
      return stdout.split('\n').filter((line) => line !== '');
    },
    [Symbol.asyncDispose]: () => bundle[Symbol.asyncDispose](),
  };
}

/** The program as a container's own, with these calls. */
export function seccompConfig(
  seccomp: LinuxSeccomp,
  calls: readonly string[],
  process: Partial<Process> = {},
): RuntimeConfig {
  const base = baseConfig();
  return {
    ...base,
    process: { ...base.process, args: ['/calls', ...calls], ...process },
    linux: { ...base.linux, seccomp },
  };
}
