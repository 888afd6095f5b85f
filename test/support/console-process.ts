// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Writable } from 'node:stream';
import { execa } from 'execa';

/** A program with a guest in it, whose console is its standard input and output. Disposing of it leaves no process behind. */
export class ConsoleProcess implements AsyncDisposable {
  protected readonly child: { kill(signal: NodeJS.Signals): boolean };
  readonly #stdin: Writable;
  readonly #closed: Promise<unknown>;
  #console = '';
  #notify: () => void = () => {};
  #ended: { exitCode: number | undefined } | undefined;

  /** Its environment has `env` beside ours. */
  constructor(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = spawnConsole(program, args, env);
    this.child = child;
    this.#stdin = child.stdin;
    const receive = (text: string): void => {
      this.#console += text.replaceAll('\r', '');
      this.#notify();
    };
    // The decoder of a stream keeps a character together that comes in two chunks.
    child.stdout.setEncoding('utf8').on('data', receive);
    child.stderr.setEncoding('utf8').on('data', receive);
    this.#closed = child.then((result) => {
      this.#ended = { exitCode: result.exitCode };
      this.#notify();
    });
  }

  /** Everything that was printed until now, guest and program together. */
  get console(): string {
    return this.#console;
  }

  /** Types into the guest's console. */
  type(text: string): void {
    this.#stdin.write(text);
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

  /** Waits for the guest to end by itself; the program's exit code. */
  async ended(limitMs = 120_000): Promise<number | undefined> {
    const limit = Date.now() + limitMs;
    while (this.#ended === undefined) {
      if (Date.now() > limit) throw new Error(`the machine did not end within ${limitMs} ms:\n${this.#console}`);
      await this.#change(limit - Date.now());
    }
    return this.#ended.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#closed;
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

function spawnConsole(program: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  return execa(program, args, { stdin: 'pipe', reject: false, buffer: false, env });
}

/** Fetches a page of the guest, again until it answers or the limit passes. */
export async function fetchUntil(url: string, machine: ConsoleProcess, limitMs = 120_000): Promise<Response> {
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
