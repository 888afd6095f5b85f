// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { cacheOption, type Command, commonOptions, type Option } from './command.ts';

/** LinuxKit's global options with a value: they may stand before the command, for those commands too that have no use for them. */
const valued = new Set([...Object.keys(cacheOption), 'mirror', 'cert-file']);

/** A command line, with the options that stand before the command apart, each with its value. */
export interface SplitLine {
  readonly globals: readonly (readonly string[])[];
  readonly rest: readonly string[];
}

/** Splits a line at its command; an option that is not global stays where it is, for the error about it. */
export function splitGlobals(argv: readonly string[]): SplitLine {
  const globals: (readonly string[])[] = [];
  let at = 0;
  for (let words = globalAt(argv, at); words !== undefined; words = globalAt(argv, at)) {
    globals.push(words);
    at += words.length;
  }
  return { globals, rest: argv.slice(at) };
}

/** The globals that a command takes, as words of its own line. */
export function globalsFor(command: Command, globals: SplitLine['globals']): readonly string[] {
  const options: Readonly<Record<string, Option>> = { ...commonOptions, ...command.options };
  return globals.filter(([word = '']) => !word.startsWith('--') || Object.hasOwn(options, nameOf(word))).flat();
}

function globalAt(argv: readonly string[], at: number): readonly string[] | undefined {
  const word = argv[at];
  if (word === undefined || word === '-h' || word === '--help') return undefined;
  const name = word.startsWith('--') ? nameOf(word) : nameOfLetter(word);
  if (name === undefined || !(valued.has(name) || Object.hasOwn(commonOptions, name))) return undefined;
  const takesValue = valued.has(name) || commonOptions[name]?.value !== undefined;
  return argv.slice(at, at + (takesValue && !word.includes('=') ? 2 : 1));
}

function nameOfLetter(word: string): string | undefined {
  return Object.keys(commonOptions).find((name) => word === `-${commonOptions[name]?.short}`);
}

function nameOf(word: string): string {
  return word.replace(/^--/, '').replace(/=.*$/s, '');
}
