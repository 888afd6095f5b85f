// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError, type TskitErrorOptions } from '../errors.ts';
import type { Place } from './texts.ts';

/** One mistake, for programs: what `tskit validate --json` prints. */
export interface Problem extends Place {
  /** "services[0].image"; empty for the document as a whole. */
  readonly path: string;
  /** "expected …, found …" */
  readonly message: string;
  readonly suggestion?: string;
}

/** What is wrong with a spec: a text for people, and the same as data. */
export class SpecError extends TskitError {
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[], options: TskitErrorOptions = {}) {
    super('spec', message, options);
    this.problems = problems;
  }
}
