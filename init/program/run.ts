// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf } from '../files.ts';
import { UsageError } from '../runtime/arguments.ts';
import type { Sys } from '../sys.ts';
import { Failure } from './failure.ts';
import { say, warn } from './say.ts';

/** A program of a system image: what init/programs/NAME.ts hands to runProgram. */
export interface Program {
  /** As the file is called; in front of every message. */
  readonly name: string;
  /** What --help prints, whole, with its last newline. */
  readonly help: string;
  /**
   * Does the work with the words after the name. Returns the exit code, nothing for 0. Throws UsageError for a wrong command line,
   * Failure for what went wrong, SysError where a system call says it all; anything else is a mistake in the program.
   */
  readonly run: (sys: Sys, words: readonly string[]) => number | void;
}

const isOneOf = (word: string | undefined, ...names: readonly string[]): boolean =>
  word !== undefined && names.includes(word);

/**
 * Runs a program to its end: --help and --version as the only word, else its work. Exit code 1 for a failure, 2 for a wrong
 * command line; one message on standard error, with a hint in a line of its own.
 */
export function runProgram(sys: Sys, { name, help, run }: Program): number {
  const words = sys.argv.slice(1);
  if (isOneOf(words[0], '--help', '-help', '-h')) {
    say(sys, help.trimEnd());
    return 0;
  }
  if (isOneOf(words[0], '--version', '-version')) {
    say(sys, `${name} of tskit ${sys.version} (${sys.engine})`);
    return 0;
  }
  try {
    return run(sys, words) ?? 0;
  } catch (error) {
    if (error instanceof UsageError) {
      warn(sys, `${name}: ${error.message}\nhint: ${name} --help shows what it takes`);
      return 2;
    }
    if (!(error instanceof Failure) && errnoOf(error) === undefined) throw error;
    const hint = error instanceof Failure && error.hint !== undefined ? `\nhint: ${error.hint}` : '';
    warn(sys, `${name}: ${describeError(error)}${hint}`);
    return 1;
  }
}
