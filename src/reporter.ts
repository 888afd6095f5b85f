// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * Progress and notes for whoever runs the command. On a terminal the implementation draws live bars; elsewhere it writes
 * plain lines; with `--json` and `--quiet` it is silent. Stages report through it and never touch stdout or stderr themselves.
 */
export interface Reporter {
  /** A step that takes time, such as one blob's download. `total` in bytes when known. */
  task(label: string, total?: number): Task;
  /** A fact worth one line ("init: image \"linuxkit/init:…\" brings /init"). */
  note(message: string): void;
  /** Something the user should change or know, but that does not stop the work. */
  warn(message: string): void;
}

export interface Task {
  /** Adds `bytes` to what is done. */
  advance(bytes: number): void;
  /** Replaces the label's detail, for example "retry 2 of 5". */
  detail(text: string): void;
  done(): void;
  fail(): void;
}

/** Says nothing; for tests and for library use. */
export const silentReporter: Reporter = {
  task: () => ({ advance: () => {}, detail: () => {}, done: () => {}, fail: () => {} }),
  note: () => {},
  warn: () => {},
};
