// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Outcome, StageName } from '../reporter.ts';
import { cacheUse } from './summary.ts';
import type { Display, Stages, TaskState } from './tracker.ts';

/** A task says how far it is so often at most. */
const progressEveryMs = 200;

/** One JSON object a line, see docs/events.md. */
export class JsonEvents implements Display {
  readonly #print: (line: string) => void;
  readonly #stages: Stages;
  readonly #now: () => number;
  readonly #toldAt = new Map<TaskState, number>();

  constructor(print: (line: string) => void, stages: Stages, now: () => number) {
    this.#print = print;
    this.#stages = stages;
    this.#now = now;
  }

  started(task: TaskState): void {
    this.#toldAt.set(task, this.#now());
    this.#event('start', { ...identity(task), ...(task.total !== undefined && { total: task.total }) });
  }

  advanced(task: TaskState): void {
    if (this.#now() - (this.#toldAt.get(task) ?? 0) < progressEveryMs) return;
    this.#toldAt.set(task, this.#now());
    this.#event('progress', { task: task.id, bytes: task.bytes });
  }

  detailed(task: TaskState): void {
    this.#event('detail', { task: task.id, message: task.detail });
  }

  ended(task: TaskState, succeeded: boolean): void {
    this.#toldAt.delete(task);
    const seconds = rounded((this.#now() - task.startedMs) / 1000);
    this.#event(succeeded ? 'done' : 'failed', { ...identity(task), bytes: task.bytes, seconds });
  }

  cached(stage: StageName | undefined, label: string): void {
    this.#event('cached', { stage, label });
  }

  note(message: string): void {
    this.#event('note', { message });
  }

  warn(message: string): void {
    this.#event('warning', { message });
  }

  finished({ files, next }: Outcome): void {
    this.#event('finished', {
      files: files.map(({ path }) => path),
      sizes: files.map(({ bytes }) => bytes),
      seconds: rounded(performance.now() / 1000),
      ...cacheUse(this.#stages),
      ...(next !== undefined && { next }),
    });
  }

  settle(): void {}

  #event(event: string, fields: Readonly<Record<string, unknown>>): void {
    this.#print(JSON.stringify({ event, ...fields }));
  }
}

function identity({ id, stage, label }: TaskState): Readonly<Record<string, unknown>> {
  return { task: id, stage, label };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
