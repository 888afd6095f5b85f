// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What the process that evaluates a typed spec tells the one that asked for it: lines of JSON on one pipe, first a Hello,
// then a Result.

/** The pipe's number in the evaluating process. */
export const pipe = 3;

/** What the evaluating process is started with, as JSON in its one argument. */
export interface Request {
  /** URL of the spec's file. */
  readonly url: string;
  /** URL of the module that `import … from 'tskit'` means. */
  readonly api: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** The process runs, and this is the network namespace that it is in (the target of /proc/self/ns/net). */
export interface Hello {
  readonly network: string;
}

/** A place in a file of the user's; both count from 1, the column in UTF-16 units. */
export interface CodePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something that the spec's code threw, or why it could not be run. */
export interface Failure {
  /** "TypeError: x is not a function" */
  readonly message: string;
  /** Where, then where that was called from; only the user's files. */
  readonly places: readonly CodePlace[];
  /** An import that leads nowhere, as written, and the file that has it. */
  readonly missing?: { readonly specifier: string; readonly file: string };
  readonly hint?: string;
}

/** A value that cannot be in a spec. */
export interface Misfit {
  readonly path: readonly (string | number)[];
  /** "expected …, found …" */
  readonly message: string;
}

/** How the evaluation ended. Integers of `value` have all their digits. */
export type Result =
  | { readonly value: unknown }
  | { readonly misfits: readonly Misfit[] }
  | { readonly failure: Failure };
