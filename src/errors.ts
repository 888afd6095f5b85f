// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * What went wrong, as a closed set: callers branch on it, and main.ts derives the exit code from it
 * (`usage` ends with 2, everything else with 1).
 */
export type ErrorCode =
  | 'usage'
  | 'spec'
  | 'reference'
  | 'network'
  | 'auth'
  | 'not-found'
  | 'digest'
  | 'size'
  | 'manifest'
  | 'platform'
  | 'layer'
  | 'archive'
  | 'store'
  | 'lock'
  | 'package'
  | 'format'
  | 'io'
  | 'qemu'
  | 'interrupted';

export interface TskitErrorOptions {
  /** What the user can do next: one imperative sentence, printed on its own line. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * The one error type that users see. `message` is lower case without a full stop, starts with the outermost act and
 * ends in the evidence: what was being done, what was expected, what was found. User's values are quoted, secrets are not in it.
 */
export class TskitError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: TskitErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TskitError';
    this.code = code;
    this.hint = options.hint;
  }
}
