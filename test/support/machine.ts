// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { tskit } from './cli.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A booted system: `tskit run` as a child, its console as text. Disposing of it leaves no process behind. */
export class Machine implements AsyncDisposable {
  readonly #child: ReturnType<typeof spawnRun>;
  readonly #wrapper: ReturnType<typeof temporaryFolder> | undefined;
  #console = '';
  #notify: () => void = () => {};
  #ended: { exitCode: number | undefined } | undefined;

  /** `args` are those of `tskit run`, which has `env` beside ours; QEMU gets `qemuArgs` beside its own. */
  constructor(args: readonly string[], qemuArgs: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    this.#wrapper = qemuArgs.length === 0 ? undefined : wrapQemu(qemuArgs);
    this.#child = spawnRun(args, env, this.#wrapper?.path);
    const receive = (text: string): void => {
      this.#console += text.replaceAll('\r', '');
      this.#notify();
    };
    // The decoder of a stream keeps a character together that comes in two chunks.
    this.#child.stdout.setEncoding('utf8').on('data', receive);
    this.#child.stderr.setEncoding('utf8').on('data', receive);
    void this.#child.then((result) => {
      this.#ended = { exitCode: result.exitCode };
      this.#notify();
    });
  }

  /** Everything that was printed until now, guest and `tskit run` together. */
  get console(): string {
    return this.#console;
  }

  /** Types into the guest's console. */
  type(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Waits until the console matches; an error with the whole console when it ends first or the limit passes. */
  async waitFor(pattern: RegExp, limitMs = 120_000): Promise<RegExpExecArray> {
    const limit = Date.now() + limitMs;
    for (;;) {
      const match = pattern.exec(this.#console);
      if (match !== null) return match;
      if (this.#ended !== undefined) throw new Error(`the machine ended before ${pattern}:\n${this.#console}`);
      if (Date.now() > limit) throw new Error(`no ${pattern} within ${limitMs} ms:\n${this.#console}`);
      await this.#change(limit - Date.now());
    }
  }

  /** Waits for the guest to end by itself; the exit code of `tskit run`. */
  async ended(limitMs = 120_000): Promise<number | undefined> {
    const limit = Date.now() + limitMs;
    while (this.#ended === undefined) {
      if (Date.now() > limit) throw new Error(`the machine did not end within ${limitMs} ms:\n${this.#console}`);
      await this.#change(limit - Date.now());
    }
    return this.#ended.exitCode;
  }

  /** The first Ctrl-C: presses the power button and waits for the end. */
  async powerOff(limitMs?: number): Promise<number | undefined> {
    this.#child.kill('SIGINT');
    return await this.ended(limitMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#child;
    this.#wrapper?.[Symbol.dispose]();
  }

  #change(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, limitMs));
      this.#notify = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function spawnRun(args: readonly string[], more: Readonly<Record<string, string>>, firstInPath?: string) {
  const path = firstInPath === undefined ? {} : { PATH: [firstInPath, process.env['PATH']].join(delimiter) };
  const env = { ...more, ...path };
  return execa(tskit, ['run', '--accel', 'tcg', ...args], { stdin: 'pipe', reject: false, buffer: false, env });
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

/** Fetches a page of the guest, again until it answers or the limit passes. */
export async function fetchUntil(url: string, machine: Machine, limitMs = 120_000): Promise<Response> {
  const limit = Date.now() + limitMs;
  for (;;) {
    try {
      return await fetch(url, { signal: AbortSignal.timeout(5_000) });
    } catch (error) {
      if (Date.now() > limit) throw new Error(`${url} did not answer:\n${machine.console}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
