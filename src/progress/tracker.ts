// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Outcome, Reporter, StageName, Task } from '../reporter.ts';

/** A task as a display sees it. */
export interface TaskState {
  /** Counted from 1. */
  readonly id: number;
  readonly stage: StageName | undefined;
  readonly label: string;
  readonly total: number | undefined;
  readonly startedMs: number;
  bytes: number;
  detail: string;
}

/** What a stage has done so far. */
export interface StageState {
  readonly name: StageName;
  readonly running: Set<TaskState>;
  done: number;
  failed: number;
  cached: number;
  /** Of all its tasks. */
  bytes: number;
  /** How long at least one task was running, up to `activeSinceMs`. */
  activeMs: number;
  activeSinceMs: number;
}

export type Stages = ReadonlyMap<StageName, StageState>;

/** Shows what a tracker is told; the state is up to date when it is called. */
export interface Display {
  started(task: TaskState): void;
  advanced(task: TaskState): void;
  detailed(task: TaskState): void;
  ended(task: TaskState, succeeded: boolean): void;
  cached(stage: StageName | undefined, label: string): void;
  note(message: string): void;
  warn(message: string): void;
  finished(outcome: Outcome): void;
  /** Leaves nothing that would be redrawn: something else is about to write. */
  settle(): void;
}

/** Keeps count of tasks by stage, for a display. */
export class Tracker {
  readonly #stages = new Map<StageName, StageState>();
  readonly #display: Display;
  readonly #now: () => number;
  #tasks = 0;

  /** `display` is given the stages, which change as the work goes on. */
  constructor(display: (stages: Stages) => Display, now: () => number) {
    this.#display = display(this.#stages);
    this.#now = now;
  }

  reporter(stage?: StageName): Reporter {
    return {
      stage: (name) => this.reporter(name),
      task: (label, total) => this.#task(stage, label, total),
      cached: (label) => {
        if (stage !== undefined) this.#stage(stage).cached++;
        this.#display.cached(stage, label);
      },
      note: (message) => this.#display.note(message),
      warn: (message) => this.#display.warn(message),
      finished: (outcome) => this.#display.finished(outcome),
    };
  }

  settle(): void {
    this.#display.settle();
  }

  #task(name: StageName | undefined, label: string, total: number | undefined): Task {
    const stage = name === undefined ? undefined : this.#stage(name);
    const startedMs = this.#now();
    const task: TaskState = { id: ++this.#tasks, stage: name, label, total, startedMs, bytes: 0, detail: '' };
    if (stage?.running.size === 0) stage.activeSinceMs = startedMs;
    stage?.running.add(task);
    this.#display.started(task);
    const end = (succeeded: boolean): void => {
      if (stage?.running.delete(task) === true) {
        if (succeeded) stage.done++;
        else stage.failed++;
        if (stage.running.size === 0) stage.activeMs += this.#now() - stage.activeSinceMs;
      }
      this.#display.ended(task, succeeded);
    };
    return {
      advance: (bytes) => {
        task.bytes += bytes;
        if (stage !== undefined) stage.bytes += bytes;
        this.#display.advanced(task);
      },
      detail: (text) => {
        task.detail = text;
        this.#display.detailed(task);
      },
      done: () => end(true),
      fail: () => end(false),
    };
  }

  #stage(name: StageName): StageState {
    const known = this.#stages.get(name);
    if (known !== undefined) return known;
    const fresh: StageState = {
      name,
      running: new Set(),
      done: 0,
      failed: 0,
      cached: 0,
      bytes: 0,
      activeMs: 0,
      activeSinceMs: 0,
    };
    this.#stages.set(name, fresh);
    return fresh;
  }
}
