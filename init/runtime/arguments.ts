// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The options of a command line, as runc's library reads them: "--name VALUE", "--name=VALUE", "-name VALUE" and "-n VALUE"; a
// flag alone or as "--flag=false"; options before and after the operands, "--" ends them.

/**
 * What an option takes: nothing (a switch is a flag whose absence is not the same as "=false"), one text, one text each time
 * it is given, or an integer.
 */
export type OptionKind = 'flag' | 'switch' | 'text' | 'list' | 'integer';

/** The options of one command by their long names. */
export type OptionTable = Readonly<Record<string, { readonly kind: OptionKind; readonly short?: string }>>;

/** By long name: absent options are false, undefined or an empty list. */
export type OptionValues<T extends OptionTable> = {
  readonly [Name in keyof T]: T[Name]['kind'] extends 'flag'
    ? boolean
    : T[Name]['kind'] extends 'list'
      ? readonly string[]
      : (T[Name]['kind'] extends 'switch' ? boolean : T[Name]['kind'] extends 'integer' ? number : string) | undefined;
};

/** A command line, read. */
export interface ParsedArguments<T extends OptionTable> {
  readonly options: OptionValues<T>;
  readonly operands: readonly string[];
}

/**
 * Wrong usage of the command line. Known by its name, not its class, which is another one in each bytecode unit.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads words by a table. `operandsLast` ends the options at the first operand. Throws UsageError. */
export function parseArguments<T extends OptionTable>(
  words: readonly string[],
  table: T,
  { operandsLast = false }: { readonly operandsLast?: boolean } = {},
): ParsedArguments<T> {
  const values: Record<string, boolean | string | number | string[]> = {};
  for (const [name, { kind }] of Object.entries(table)) {
    if (kind === 'flag') values[name] = false;
    if (kind === 'list') values[name] = [];
  }
  const operands: string[] = [];
  const queue = [...words];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === '--') return finish(values, [...operands, ...queue]);
    if (!isOption(word)) {
      operands.push(word);
      if (operandsLast) return finish(values, [...operands, ...queue]);
      continue;
    }
    const { name, given } = splitOption(word);
    const long = longName(table, name);
    const kind = long === undefined ? undefined : table[long]?.kind;
    if (long === undefined || kind === undefined) throw new UsageError(`unknown option "${name}"`);
    if (kind === 'flag' || kind === 'switch') {
      values[long] = given === undefined ? true : truth(name, given);
      continue;
    }
    const value = given ?? queue.shift();
    if (value === undefined) throw new UsageError(`expected a value after "${name}"`);
    if (kind === 'list') values[long] = [...(values[long] as string[]), value];
    else values[long] = kind === 'integer' ? integerOf(name, value) : value;
  }
  return finish(values, operands);
}

function finish<T extends OptionTable>(values: object, operands: readonly string[]): ParsedArguments<T> {
  return { options: values as OptionValues<T>, operands };
}

/** "-" alone is an operand: it stands for a standard stream. */
function isOption(word: string): boolean {
  return word.startsWith('-') && word !== '-';
}

function splitOption(word: string): { readonly name: string; readonly given: string | undefined } {
  const equals = word.indexOf('=');
  return equals < 0 ? { name: word, given: undefined } : { name: word.slice(0, equals), given: word.slice(equals + 1) };
}

function longName(table: OptionTable, option: string): string | undefined {
  const name = option.startsWith('--') ? option.slice(2) : option.slice(1);
  if (Object.hasOwn(table, name)) return name;
  return Object.keys(table).find((long) => table[long]?.short === name);
}

/** The words that Go's strconv.ParseBool takes. */
function truth(name: string, text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw new UsageError(`expected true or false for "${name}", found "${text}"`);
}

function integerOf(name: string, text: string): number {
  const value = Number(text);
  if (!/^[+-]?[0-9]+$/.test(text) || !Number.isSafeInteger(value))
    throw new UsageError(`expected an integer after "${name}", found "${text}"`);
  return value;
}

/** The operands, when there are as many as named; throws UsageError otherwise. */
export function expectOperands(operands: readonly string[], ...names: readonly string[]): readonly string[] {
  if (operands.length !== names.length)
    throw new UsageError(`expected ${names.join(' and ') || 'no operands'}, found ${quoted(operands)}`);
  return operands;
}

/** The id, when it is the only operand; throws UsageError otherwise. */
export function expectId(operands: readonly string[]): string {
  return expectOperands(operands, 'one container id')[0] ?? '';
}

function quoted(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.map((word) => `"${word}"`).join(' ');
}
