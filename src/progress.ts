// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { printableLine } from './printable.ts';
import type { Reporter, Task } from './reporter.ts';

/** The part of a tty.WriteStream that is used; tests give their own. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const redrawEveryMs = 100;

/**
 * Progress on stderr: on a terminal a block of live lines, one a running task, redrawn at most ten times a second; elsewhere
 * one plain line when a task ends. Notes and warnings are lines of their own in both.
 */
export function createReporter(out: Terminal, env: NodeJS.ProcessEnv, now: () => number = Date.now): ProgressReporter {
  const live = out.isTTY === true && env['TERM'] !== 'dumb';
  return live ? new LiveReporter(out, env, now) : new PlainReporter(out);
}

export interface ProgressReporter extends Reporter {
  /** Removes what is being redrawn, so that the next line starts on clean ground. */
  close(): void;
}

/** "1.4 GB", "512 kB": decimal units, as downloads are counted. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

class PlainReporter implements ProgressReporter {
  readonly #out: Terminal;

  constructor(out: Terminal) {
    this.#out = out;
  }

  task(label: string): Task {
    let bytes = 0;
    return {
      advance: (count) => {
        bytes += count;
      },
      detail: (text) => this.#line(`${label}: ${text}`),
      done: () => this.#line(bytes > 0 ? `${label} (${formatBytes(bytes)})` : label),
      fail: () => {},
    };
  }

  note(message: string): void {
    this.#line(message);
  }

  warn(message: string): void {
    this.#line(`warning: ${message}`);
  }

  close(): void {}

  #line(text: string): void {
    this.#out.write(`${printableLine(text)}\n`);
  }
}

interface LiveTask {
  readonly label: string;
  readonly total: number | undefined;
  bytes: number;
  detail: string;
}

class LiveReporter implements ProgressReporter {
  readonly #out: Terminal;
  readonly #now: () => number;
  readonly #color: boolean;
  readonly #tasks = new Set<LiveTask>();
  #drawn = 0;
  #drawnAt = 0;
  #pending: NodeJS.Timeout | undefined;

  constructor(out: Terminal, env: NodeJS.ProcessEnv, now: () => number) {
    this.#out = out;
    this.#now = now;
    this.#color = !env['NO_COLOR'];
  }

  task(name: string, total?: number): Task {
    const label = printableLine(name);
    const task: LiveTask = { label, total, bytes: 0, detail: '' };
    this.#tasks.add(task);
    this.#redraw();
    return {
      advance: (count) => {
        task.bytes += count;
        this.#redraw();
      },
      detail: (text) => {
        task.detail = printableLine(text);
        this.#redraw();
      },
      done: () => {
        this.#tasks.delete(task);
        this.#draw(`${this.#paint('32', '✓')} ${label}${task.bytes > 0 ? ` (${formatBytes(task.bytes)})` : ''}\n`);
      },
      fail: () => {
        this.#tasks.delete(task);
        this.#draw();
      },
    };
  }

  note(message: string): void {
    this.#draw(`${printableLine(message)}\n`);
  }

  warn(message: string): void {
    this.#draw(`${this.#paint('33', 'warning:')} ${printableLine(message)}\n`);
  }

  close(): void {
    this.#tasks.clear();
    this.#draw();
  }

  #paint(code: string, text: string): string {
    return this.#color ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  /** Draws now, or a little later when the last time was just now: a task that never advances is seen too. */
  #redraw(): void {
    const wait = this.#drawnAt + redrawEveryMs - this.#now();
    if (wait <= 0) this.#draw();
    else this.#pending ??= setTimeout(() => this.#draw(), wait).unref();
  }

  /** Replaces the block with `above`, which stays, and the block as it is now; one write, so that nothing flickers. */
  #draw(above = ''): void {
    clearTimeout(this.#pending);
    this.#pending = undefined;
    this.#drawnAt = this.#now();
    const erase = this.#drawn > 0 ? `\u001b[${this.#drawn}A\u001b[0J` : '';
    const lines = this.#lines();
    this.#drawn = lines.length;
    const text = `${erase}${above}${lines.map((line) => `${line}\n`).join('')}`;
    if (text !== '') this.#out.write(text);
  }

  /** The block, never higher than the terminal: the cursor cannot go back to what has scrolled away. */
  #lines(): readonly string[] {
    const width = Math.max(20, (this.#out.columns || 80) - 1);
    const height = Math.max(2, (this.#out.rows || 24) - 1);
    const tasks = [...this.#tasks];
    if (tasks.length <= height) return tasks.map((task) => renderTask(task, width));
    const shown = tasks.slice(0, height - 1);
    return [...shown.map((task) => renderTask(task, width)), `  … and ${tasks.length - shown.length} more`];
  }
}

function renderTask(task: LiveTask, width: number): string {
  const amount =
    task.total === undefined
      ? task.bytes > 0
        ? formatBytes(task.bytes)
        : ''
      : `${formatBytes(task.bytes)} of ${formatBytes(task.total)} ${bar(task.bytes / Math.max(1, task.total))}`;
  const right = [task.detail, amount].filter((part) => part !== '').join('  ');
  const room = Math.max(8, width - right.length - 4);
  const label = task.label.length > room ? `${task.label.slice(0, room - 1)}…` : task.label;
  return `  ${label}${right === '' ? '' : `  ${right}`}`.slice(0, width);
}

function bar(fraction: number): string {
  const cells = 12;
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * cells);
  return '█'.repeat(full) + '░'.repeat(cells - full);
}
