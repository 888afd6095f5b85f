// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { tskit } from './cli.ts';
import { ConsoleProcess } from './console-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A booted system: `tskit run` as a child, its console as text. */
export class Machine extends ConsoleProcess {
  readonly #wrapper: ReturnType<typeof temporaryFolder> | undefined;

  /** `args` are those of `tskit run`, which has `env` beside ours; QEMU gets `qemuArgs` beside its own. */
  constructor(args: readonly string[], qemuArgs: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const wrapper = qemuArgs.length === 0 ? undefined : wrapQemu(qemuArgs);
    const path = wrapper === undefined ? {} : { PATH: [wrapper.path, process.env['PATH']].join(delimiter) };
    super(tskit, ['run', '--accel', 'tcg', ...args], { ...env, ...path });
    this.#wrapper = wrapper;
  }

  /** The first Ctrl-C: presses the power button and waits for the end. */
  async powerOff(limitMs?: number): Promise<number | undefined> {
    this.child.kill('SIGINT');
    return await this.ended(limitMs);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    this.#wrapper?.[Symbol.dispose]();
  }
}

/** A folder with a QEMU that is started with more arguments. */
function wrapQemu(args: readonly string[]): ReturnType<typeof temporaryFolder> {
  const program = 'qemu-system-x86_64';
  const folder = temporaryFolder();
  const words = args.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const real = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
  writeFileSync(join(folder.path, program), `#!/bin/sh\nexec ${real} "$@" ${words}\n`, { mode: 0o755 });
  return folder;
}
