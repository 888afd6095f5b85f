// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { formatBytes } from '../amounts.ts';
import { printableLine } from '../printable.ts';
import type { Outcome, StageName } from '../reporter.ts';
import { summaryLines } from './summary.ts';
import type { Terminal } from './terminal.ts';
import type { Display, Stages, TaskState } from './tracker.ts';

/** One line when a task ends, for logs and for terminals that cannot move their cursor. */
export class PlainLines implements Display {
  readonly #out: Terminal;
  readonly #stages: Stages;
  readonly #detailed: boolean;

  /** `detailed` shows what the cache had, too. */
  constructor(out: Terminal, stages: Stages, detailed: boolean) {
    this.#out = out;
    this.#stages = stages;
    this.#detailed = detailed;
  }

  started(): void {}

  advanced(): void {}

  detailed({ label, detail }: TaskState): void {
    this.#line(`${label}: ${detail}`);
  }

  ended({ stage, label, bytes }: TaskState, succeeded: boolean): void {
    // Looking up and writing are quick, and what came of them shows elsewhere.
    if (!this.#detailed && (stage === 'resolve' || stage === 'write')) return;
    if (succeeded) this.#line(bytes > 0 ? `${label} (${formatBytes(bytes)})` : label);
  }

  cached(stage: StageName | undefined, label: string): void {
    if (this.#detailed) this.#line(`cached${stage === undefined ? '' : ` (${stage})`}: ${label}`);
  }

  note(message: string): void {
    this.#line(message);
  }

  warn(message: string): void {
    this.#line(`warning: ${message}`);
  }

  finished(outcome: Outcome): void {
    for (const line of summaryLines(outcome, this.#stages, performance.now() / 1000)) this.#line(line);
  }

  settle(): void {}

  #line(text: string): void {
    this.#out.write(`${printableLine(text)}\n`);
  }
}
