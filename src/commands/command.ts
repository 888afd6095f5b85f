// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { parseArgs } from 'node:util';
import { TskitError } from '../errors.ts';
import type { Reporter } from '../reporter.ts';
import { nearestKey } from '../spec/nearest-key.ts';
import type { Line } from '../styled-line.ts';

/** One option of a command; `value` names its argument in the help and makes it take one. */
export interface Option {
  readonly short?: string;
  readonly value?: string;
  readonly multiple?: boolean;
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
  /** The same for what is laid out for a reader: styled where that is a terminal. */
  show(line: Line): void;
  /** Width of the terminal that standard output is. */
  readonly columns: number | undefined;
}

export interface Command {
  readonly name: string;
  /** After the name, for the usage line: "[flags] FILE". */
  readonly arguments: string;
  readonly summary: string;
  readonly description?: string;
  readonly options: Readonly<Record<string, Option>>;
  /** What Ctrl-C leaves behind, in one sentence for the user. */
  readonly whenInterrupted?: string;
  /** The exit code, when it is not 0; failures are thrown. */
  run(invocation: Invocation): Promise<number | void>;
}

/** Options that every command takes. */
export const commonOptions: Readonly<Record<string, Option>> = {
  help: { short: 'h', help: 'show this help' },
  quiet: { short: 'q', help: 'no progress and no notes, only errors' },
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

/** Parses one command's line; anything it does not know is a usage error that names the nearest option. */
export function parseLine(command: Command, args: readonly string[]): ParsedLine {
  const options = { ...commonOptions, ...command.options };
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(options).map(([name, option]) => [
        name,
        {
          type: option.value === undefined ? 'boolean' : 'string',
          ...(option.short && { short: option.short }),
        } as const,
      ]),
    ),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const positionals: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownOption(command, token.rawName, Object.keys(options));
    values.set(token.name, [...(values.get(token.name) ?? []), optionValue(command, option, token)]);
  }
  for (const [name, given] of values) {
    if (given.length > 1 && options[name]?.value !== undefined && options[name].multiple !== true) {
      throw usage(command, `option "--${name}" is given ${given.length} times, expected once`);
    }
  }
  return { positionals, values };
}

/** An option as parseArgs found it: `--name=value` has its value inline, `--name value` took the next argument. */
interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function optionValue(command: Command, option: Option, { rawName, value, inlineValue }: OptionToken): string {
  if (option.value === undefined) {
    if (value !== undefined) throw usage(command, `option "${rawName}" takes no value, found "${value}"`);
    return 'true';
  }
  // An empty one is a script's unset variable: `--cache "$CACHE"` must not mean the current folder.
  if (value === undefined || value === '') {
    const found = value === undefined ? 'nothing' : 'an empty text';
    throw usage(command, `option "${rawName}" expects ${option.value}, found ${found}`);
  }
  if (inlineValue !== true && /^-./.test(value)) {
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
    `Usage: tskit ${command.name} ${command.arguments}`,
    '',
    `${command.summary}.`,
    ...(command.description === undefined ? [] : ['', command.description]),
    '',
    'Options:',
    ...rows.map(([left, help]) => `${left.padEnd(width)}${help}`),
  ].join('\n');
}
