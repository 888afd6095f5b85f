// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import type { Reporter } from '../reporter.ts';
import { nearestKey } from '../spec/nearest-key.ts';
import type { Line } from '../styled-line.ts';

/** One option of a command; `value` names its argument in the help and makes it take one. */
export interface Option {
  readonly short?: string;
  readonly value?: string;
  readonly multiple?: boolean;
  /** For a value that may be left out: what that means, and which next word is the value nevertheless. */
  readonly omitted?: { readonly means: string; readonly unless: RegExp };
  readonly help: string;
}

/** What main.ts hands to a command: the parsed line and the process around it. */
export interface Invocation {
  readonly positionals: readonly string[];
  flag(name: string): boolean;
  one(name: string): string | undefined;
  many(name: string): readonly string[];
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  /** Standard output: results, and nothing else. */
  print(line: string): void;
  /** Whether a person reads standard output on a terminal. */
  readonly isTerminal: boolean;
  /** Reports a failure as an error that is thrown is reported, and goes on: for commands that do the same for several. */
  complain(error: TskitError): void;
  /** The same for what is laid out for a reader: styled where that is a terminal. */
  show(line: Line): void;
  /** Width of the terminal that standard output is. */
  readonly columns: number | undefined;
}

export interface Command {
  readonly name: string;
  /** After the name, for the usage line: "[flags] FILE". */
  readonly arguments: string;
  /** What follows the first word when that is one of several actions, by action: "[WHAT...]"; completion offers it. */
  readonly actionArguments?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description?: string;
  readonly options: Readonly<Record<string, Option>>;
  /** What Ctrl-C leaves behind, in one sentence for the user. */
  readonly whenInterrupted?: string;
  /** With `--json` its progress is events on standard output; without this there is none. */
  readonly hasEvents?: boolean;
  /** Whether these words are the last of its own: what follows them, options too, is a program's. */
  endsOptions?(positionals: readonly string[]): boolean;
  /** The exit code, when it is not 0; failures are thrown. */
  run(invocation: Invocation): Promise<number | void>;
}

/** Options that every command takes. */
export const commonOptions: Readonly<Record<string, Option>> = {
  help: { short: 'h', help: 'show this help' },
  quiet: { short: 'q', help: 'no progress and no notes, only errors' },
  verbose: {
    short: 'v',
    value: 'N',
    omitted: { means: '2', unless: /^[0-3]$/ },
    help: '0 is --quiet, 1 the default, 2 (-v alone) shows every step and what the cache had, 3 is --debug, too',
  },
  debug: { help: 'print the stack of an error' },
};

/** The option that names the cache folder; commands that touch the store share it. */
export const cacheOption: Readonly<Record<string, Option>> = {
  cache: { value: 'DIR', help: 'image store and segment cache (default $XDG_CACHE_HOME/tskit or ~/.cache/tskit)' },
};

export interface ParsedLine {
  readonly positionals: readonly string[];
  readonly values: ReadonlyMap<string, readonly string[]>;
}

/**
 * Parses one command's line as getopt_long(3) does: `--name value`, `--name=value`, `-n value`, `-nvalue`, letters in a row, and
 * `--` before what only looks like an option. Anything the command does not know is a usage error that names the nearest option.
 */
export function parseLine(command: Command, args: readonly string[]): ParsedLine {
  const options = { ...commonOptions, ...command.options };
  const positionals: string[] = [];
  const values = new Map<string, string[]>();
  const rest = [...args];
  const take = (name: string | undefined, rawName: string, inline: string | undefined): void => {
    const option = name !== undefined && Object.hasOwn(options, name) ? options[name] : undefined;
    if (name === undefined || option === undefined) throw unknownOption(command, rawName, Object.keys(options));
    values.set(name, [...(values.get(name) ?? []), optionValue(command, option, { rawName, inline, rest })]);
  };
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, long, inline] = /^--([^=]+)(?:=([^]*))?$/.exec(word) ?? [];
    if (word === '--') positionals.push(...rest.splice(0));
    else if (long !== undefined) take(long, `--${long}`, inline);
    else if (/^-[^-]/.test(word)) takeLetters(word, options, take);
    else positionals.push(word);
    if (command.endsOptions?.(positionals) === true) positionals.push(...rest.splice(0));
  }
  for (const [name, given] of values) {
    if (given.length > 1 && options[name]?.value !== undefined && options[name].multiple !== true) {
      throw usage(command, `option "--${name}" is given ${given.length} times, expected once`);
    }
  }
  return { positionals, values };
}

/** `-abVALUE`: letters of options without a value, and at most one with a value, which is the rest of the word or the next one. */
function takeLetters(
  word: string,
  options: Readonly<Record<string, Option>>,
  take: (name: string | undefined, rawName: string, inline: string | undefined) => void,
): void {
  for (let at = 1; at < word.length; at++) {
    const [name, option] = Object.entries(options).find(([, { short }]) => short === word[at]) ?? [];
    const inline = option?.value === undefined || at + 1 === word.length ? undefined : word.slice(at + 1);
    take(name, `-${word[at]}`, inline);
    if (inline !== undefined) return;
  }
}

/** An option as the line has it: `inline` is what is written to it, `rest` the words after it. */
interface GivenOption {
  readonly rawName: string;
  readonly inline: string | undefined;
  readonly rest: string[];
}

function optionValue(command: Command, option: Option, { rawName, inline, rest }: GivenOption): string {
  if (option.value === undefined) {
    if (inline !== undefined) throw usage(command, `option "${rawName}" takes no value, found "${inline}"`);
    return 'true';
  }
  if (inline === undefined && option.omitted !== undefined && !option.omitted.unless.test(rest[0] ?? '')) {
    return option.omitted.means;
  }
  const value = inline ?? rest.shift();
  // An empty one is a script's unset variable: `--cache "$CACHE"` must not mean the current folder.
  if (value === undefined || value === '') {
    const found = value === undefined ? 'nothing' : 'an empty text';
    throw usage(command, `option "${rawName}" expects ${option.value}, found ${found}`);
  }
  if (inline === undefined && /^-./.test(value)) {
    const instead = `write \`${rawName.startsWith('--') ? `${rawName}=` : rawName}${value}\` if that is the value`;
    throw usage(command, `option "${rawName}" expects ${option.value}, found "${value}"; ${instead}`);
  }
  return value;
}

function unknownOption(command: Command, rawName: string, known: readonly string[]): TskitError {
  const nearest = nearestKey(rawName.replace(/^-+/, ''), known);
  return usage(command, `unknown option "${rawName}"${nearest === undefined ? '' : `, did you mean "--${nearest}"?`}`);
}

/** A usage error of a command: exit code 2, with the way to its help. */
export function usage(command: Command, message: string): TskitError {
  return new TskitError('usage', `${command.name}: ${message}`, { hint: `see \`tskit ${command.name} --help\`` });
}

/** The one positional argument that a command takes. */
export function onlyPositional(command: Command, invocation: Invocation, what: string): string {
  const [first, ...rest] = invocation.positionals;
  if (first === undefined) throw usage(command, `expected ${what}, found nothing`);
  if (rest.length > 0)
    throw usage(command, `expected one ${what}, found also ${rest.map((arg) => `"${arg}"`).join(' ')}`);
  return first;
}

/** The text that `--help` prints. */
export function helpText(command: Command): string {
  const rows = Object.entries({ ...command.options, ...commonOptions }).map(([name, option]) => {
    const short = option.short === undefined ? '    ' : `-${option.short}, `;
    return [`  ${short}--${name}${option.value === undefined ? '' : ` ${option.value}`}`, option.help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return [
    `Usage: tskit ${command.name} ${command.arguments}`.trimEnd(),
    '',
    `${command.summary}.`,
    ...(command.description === undefined ? [] : ['', command.description]),
    '',
    'Options:',
    ...rows.map(([left, help]) => `${left.padEnd(width)}${help}`),
  ].join('\n');
}
