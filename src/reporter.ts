// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Parts of a build that a reporter shows apart, in this order. `packages` is what recipes do within resolve. */
export const stageNames = ['resolve', 'packages', 'pull', 'flatten', 'pack', 'write'] as const;
export type StageName = (typeof stageNames)[number];

/**
 * Progress and notes for whoever runs the command. On a terminal the implementation draws a live tree; elsewhere it writes
 * plain lines; with `--json` it writes events, and with `--quiet` nothing. Stages report through it and never touch stdout or
 * stderr themselves.
 */
export interface Reporter {
  /** The reporter of a stage: what is reported through it is shown as part of that stage. */
  stage(name: StageName): Reporter;
  /** A step that takes time, such as one blob's download. `total` in bytes when known. */
  task(label: string, total?: number): Task;
  /** What a task would have been for, had the cache not had it. */
  cached(label: string): void;
  /** A fact worth one line ("init: image \"linuxkit/init:…\" brings /init"). */
  note(message: string): void;
  /** Something the user should change or know, but that does not stop the work. */
  warn(message: string): void;
  /** The work is done: what came out of it. */
  finished(outcome: Outcome): void;
}

export interface Task {
  /** Adds `bytes` to what is done. */
  advance(bytes: number): void;
  /** Replaces the label's detail, for example "retry 2 of 5". */
  detail(text: string): void;
  done(): void;
  fail(): void;
}

export interface Outcome {
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** The command that most people type next. */
  readonly next?: string;
}

/** Says nothing; for `--quiet`, tests and library use. */
export const silentReporter: Reporter = {
  stage() {
    return this;
  },
  task: () => ({ advance: () => {}, detail: () => {}, done: () => {}, fail: () => {} }),
  cached: () => {},
  note: () => {},
  warn: () => {},
  finished: () => {},
};
