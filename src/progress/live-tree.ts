// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { formatBytes } from '../amounts.ts';
import { printableLine } from '../printable.ts';
import { type Outcome, type StageName, stageNames } from '../reporter.ts';
import { summaryLines } from './summary.ts';
import type { Terminal } from './terminal.ts';
import type { Display, Stages, StageState, TaskState } from './tracker.ts';
import { shortened, stageText, taskLine } from './tree-lines.ts';

const redrawEveryMs = 100;
const spinner = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
/** How much the last moment counts for the speed that is shown. */
const speedWeight = 0.15;

interface Speed {
  atMs: number;
  bytes: number;
  perSecond: number;
}

/**
 * A tree at the end of the terminal: stages with what they have done, under each the tasks that run. It is redrawn in place,
 * at most ten times a second; when the work ends the stages stay, one line each. Notes and warnings go above it.
 */
export class LiveTree implements Display {
  readonly #out: Terminal;
  readonly #stages: Stages;
  readonly #now: () => number;
  readonly #colored: boolean;
  readonly #detailed: boolean;
  /** Tasks of no stage. */
  readonly #others = new Set<TaskState>();
  readonly #speeds = new Map<StageName, Speed>();
  readonly #settled = new Set<StageName>();
  #drawn = 0;
  #drawnAt = 0;
  #pending: NodeJS.Timeout | undefined;

  /** `detailed` keeps a line of every task, and of what the cache had. */
  constructor(
    out: Terminal,
    stages: Stages,
    look: { readonly colored: boolean; readonly detailed: boolean },
    now: () => number,
  ) {
    this.#out = out;
    this.#stages = stages;
    this.#colored = look.colored;
    this.#detailed = look.detailed;
    this.#now = now;
  }

  started(task: TaskState): void {
    if (task.stage === undefined) this.#others.add(task);
    else this.#settled.delete(task.stage);
    this.#redraw();
  }

  advanced(): void {
    this.#redraw();
  }

  detailed(): void {
    this.#redraw();
  }

  ended(task: TaskState, succeeded: boolean): void {
    this.#others.delete(task);
    const kept = succeeded && (task.stage === undefined || this.#detailed);
    if (!kept) {
      this.#redraw();
      return;
    }
    const size = task.bytes > 0 ? ` (${formatBytes(task.bytes)})` : '';
    this.#draw(`${this.#paint('32', '✓')} ${printableLine(task.label)}${size}\n`);
  }

  cached(stage: StageName | undefined, label: string): void {
    if (stage !== undefined) this.#settled.delete(stage);
    if (this.#detailed) this.#draw(`${this.#paint('2', `  cached: ${printableLine(label)}`)}\n`);
  }

  note(message: string): void {
    this.#draw(`${printableLine(message)}\n`);
  }

  warn(message: string): void {
    this.#draw(`${this.#paint('33', 'warning:')} ${printableLine(message)}\n`);
  }

  finished(outcome: Outcome): void {
    this.settle();
    const lines = summaryLines(outcome, this.#stages, performance.now() / 1000);
    this.#out.write(lines.map((line) => `${printableLine(line)}\n`).join(''));
  }

  settle(): void {
    this.#others.clear();
    const lines = this.#shownStages().map((stage) => {
      this.#settled.add(stage.name);
      const broken = stage.failed > 0 || stage.running.size > 0;
      return `${broken ? this.#paint('31', '✗') : this.#paint('32', '✓')} ${this.#stageText(stage)}\n`;
    });
    this.#draw(lines.join(''));
  }

  #shownStages(): readonly StageState[] {
    return stageNames.flatMap((name) => {
      const stage = this.#stages.get(name);
      return stage === undefined || this.#settled.has(name) ? [] : stage;
    });
  }

  #paint(code: string, text: string): string {
    return this.#colored ? `\u001b[${code}m${text}\u001b[0m` : text;
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
    // The spinner turns although nothing is told.
    if (lines.length > 0) this.#pending = setTimeout(() => this.#draw(), redrawEveryMs).unref();
  }

  /** The block, never higher than the terminal: the cursor cannot go back to what has scrolled away. */
  #lines(): readonly string[] {
    const width = Math.max(20, (this.#out.columns || 80) - 1);
    const height = Math.max(2, (this.#out.rows || 24) - 1);
    const blocks = this.#shownStages().map((stage) => [
      this.#stageLine(stage, width),
      ...[...stage.running].map((task) => taskLine(task, '    ', width)),
    ]);
    const lines = [...blocks.flat(), ...[...this.#others].map((task) => taskLine(task, '  ', width))];
    if (lines.length <= height) return lines;
    return [...lines.slice(0, height - 1), `  … and ${lines.length - height + 1} more`];
  }

  #stageLine(stage: StageState, width: number): string {
    const text = shortened(this.#stageText(stage), width - 2);
    if (stage.running.size === 0) return `${this.#paint('32', '✓')} ${text}`;
    const frame = spinner[Math.floor(this.#now() / redrawEveryMs) % spinner.length] ?? '';
    return `${this.#paint('36', frame)} ${text}`;
  }

  #stageText(stage: StageState): string {
    const now = this.#now();
    const average = (stage.bytes * 1000) / Math.max(1, stage.activeMs);
    return stageText(stage, stage.running.size === 0 ? average : this.#speed(stage, now), now);
  }

  /** Smoothed, so that it can be read. */
  #speed({ name, bytes }: StageState, now: number): number {
    const speed = this.#speeds.get(name);
    if (speed === undefined) {
      this.#speeds.set(name, { atMs: now, bytes: 0, perSecond: 0 });
      return 0;
    }
    const passed = now - speed.atMs;
    if (passed < redrawEveryMs / 2) return speed.perSecond;
    const current = ((bytes - speed.bytes) * 1000) / passed;
    speed.perSecond = speed.perSecond === 0 ? current : speed.perSecond + (current - speed.perSecond) * speedWeight;
    speed.atMs = now;
    speed.bytes = bytes;
    return speed.perSecond;
  }
}
