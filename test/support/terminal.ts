// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type ChildProcess, spawn } from 'node:child_process';

/**
 * A command on a pseudo terminal of 100 columns, by script(1). Disposing of it ends script, which hangs the terminal up.
 */
export class OnTerminal implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<number | null>;
  #raw = '';
  #notify: () => void = () => {};

  constructor(command: readonly [string, ...string[]], options: { env?: Readonly<Record<string, string>> } = {}) {
    const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    this.#child = spawn(
      'script',
      ['--quiet', '--return', '--flush', '--command', `stty cols 100 rows 30; exec ${words}`, '/dev/null'],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, TERM: 'xterm', NO_COLOR: '', ...options.env },
      },
    );
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#raw += chunk.toString('utf8');
      this.#notify();
    });
    this.#closed = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        resolve(code);
        this.#notify();
      });
    });
  }

  /** Process id of script(1), whose only child is the command. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Everything that was written, escape sequences included. */
  get raw(): string {
    return this.#raw;
  }

  /** What a reader sees in the end: lines without colours, after what was drawn over is gone. */
  screen(): readonly string[] {
    const lines: string[] = [''];
    let row = 0;
    for (const [part] of this.#raw.matchAll(/\u001b\[[\d;?]*[A-Za-z]|\u001b\[!p|\r|\n|[^\u001b\r\n]+/g)) {
      const up = /^\u001b\[(\d+)A$/.exec(part);
      if (up !== null) row = Math.max(0, row - Number(up[1]));
      else if (part === '\u001b[0J') lines.splice(row, lines.length, '');
      else if (part === '\n') lines[++row] ??= '';
      else if (!/^[\u001b\r]/.test(part)) lines[row] += part;
    }
    return lines.filter((line) => line !== '');
  }

  /** Types keys. */
  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Waits until what was written matches. */
  async waitFor(pattern: RegExp, limitMs = 60_000): Promise<void> {
    const limit = Date.now() + limitMs;
    while (!pattern.test(this.#raw)) {
      if (Date.now() > limit || this.#child.exitCode !== null) throw new Error(`no ${pattern} in:\n${this.#raw}`);
      await this.#change(200);
    }
  }

  /** The command's exit code. */
  async ended(limitMs = 120_000): Promise<number | null> {
    const timeout = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`still running:\n${this.#raw}`)), limitMs).unref();
    });
    return await Promise.race([this.#closed, timeout]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  #change(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#notify = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
