// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { quote } from './document.ts';
import { nearestKey } from './nearest-key.ts';

/** What variables a command line and its environment give. */
export interface GivenVariables {
  /** --set NAME=VALUE. */
  readonly set: ReadonlyMap<string, string>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Names of variables. */
export const variableName: RegExp = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A mistake in a text with variables, at the characters that it has there. */
export interface TextMistake {
  readonly index: number;
  readonly length: number;
  readonly message: string;
  readonly suggestion?: string | undefined;
}

export interface Substituted {
  readonly text: string;
  /** The text is one variable and nothing else. */
  readonly isWhole: boolean;
  /** For messages about the value: `PORT is "80" from --set`; absent when no variable was in the text. */
  readonly note?: string;
  readonly mistakes: readonly TextMistake[];
}

interface Value {
  readonly value: string;
  /** In words that follow "from ". */
  readonly from: string;
}

/** The variables that the texts of one file may use. */
export class Variables {
  readonly #given: GivenVariables;
  /** Defaults of the file's header by name; null where there is none. */
  readonly #declared: ReadonlyMap<string, string | null>;
  readonly #onUse: (name: string) => void;

  constructor(
    given: GivenVariables,
    declared: ReadonlyMap<string, string | null>,
    onUse: (name: string) => void = () => {},
  ) {
    this.#given = given;
    this.#declared = declared;
    this.#onUse = onUse;
  }

  /** What a variable stands for: --set, else the environment, else the header's default. */
  lookup(name: string): Value | undefined {
    this.#onUse(name);
    const set = this.#given.set.get(name);
    if (set !== undefined) return { value: set, from: '--set' };
    const { environment } = this.#given;
    const inherited = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (inherited !== undefined) return { value: inherited, from: 'the environment' };
    const declared = this.#declared.get(name) ?? undefined;
    return declared === undefined ? undefined : { value: declared, from: 'its default' };
  }

  /** Replaces `${NAME}` and `${NAME:-default}`; `$${` stands for `${`. As in a shell, an empty value counts as none for ":-". */
  substitute(text: string): Substituted {
    const notes: string[] = [];
    const mistakes: TextMistake[] = [];
    const replaced = text.replaceAll(/\$\$\{|\$\{([^}]*)(\}?)/g, (match, inner: string | undefined, end, index) => {
      if (inner === undefined) return '${';
      const found = end === '' ? mistakeIn(match, index, wanted) : this.#valueOf(match, inner, index);
      if ('message' in found) mistakes.push(found);
      else notes.push(`${found.name} is ${quote(found.value)} from ${found.from}`);
      return 'message' in found ? match : found.value;
    });
    const isWhole = /^\$\{[^}]*\}$/.test(text);
    const note = notes.length === 0 ? {} : { note: notes.join(', ') };
    return { text: replaced, isWhole, ...note, mistakes };
  }

  #valueOf(match: string, inner: string, index: number): (Value & { readonly name: string }) | TextMistake {
    const [, name, otherwise] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inner) ?? [];
    if (name === undefined) return mistakeIn(match, index, wanted, 'write $${ for a dollar and a brace');
    if (otherwise?.includes('${')) return mistakeIn(match, index, 'a default without variables');
    const value = this.lookup(name);
    if (value !== undefined && (otherwise === undefined || value.value !== '')) return { name, ...value };
    if (otherwise !== undefined) return { name, value: otherwise, from: 'the default beside it' };
    return { index, length: match.length, message: undefinedVariable(name), suggestion: this.nearest(name) };
  }

  /** "did you mean …", of all names that have a value. */
  nearest(name: string): string | undefined {
    const { set, environment } = this.#given;
    const near =
      nearestKey(
        name,
        [...set.keys(), ...this.#declared.keys()].filter((known) => known !== name),
      ) ?? nearestKey(name, Object.keys(environment));
    return near === undefined ? undefined : `did you mean ${quote(near)}?`;
  }
}

const wanted = '"${NAME}" or "${NAME:-default}"';

/** Why a variable without a value is a mistake, and what would give it one. */
export function undefinedVariable(name: string): string {
  return `expected a value of the variable ${quote(name)} from --set ${name}=VALUE, the environment or a default, found none`;
}

function mistakeIn(match: string, index: number, expected: string, suggestion?: string): TextMistake {
  return { index, length: match.length, message: `expected ${expected}, found ${quote(match)}`, suggestion };
}
