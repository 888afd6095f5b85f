// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Random } from './mutation.ts';

// Texts that a regular expression matches, for the part of the syntax that schemas use: classes, groups, alternatives, quantifiers.
// What it gets wrong, such as lookaheads, is tried again.

/** What stands where anything may: with what YAML, shells and terminals take for something else. */
const anything: readonly [string, ...string[]] = [
  ...'abzAZ059 _-.,:;/\\#\'"`~!@$%^&*()[]{}<>|?=+\t\n\r',
  'é',
  '😀',
  '\u0007',
  '\u007f',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\ufffe',
] as unknown as [string, ...string[]];

/** A text that matches the pattern; undefined when none was found. */
export function sampleOf(random: Random, pattern: string): string | undefined {
  const expression = new RegExp(pattern);
  for (let tries = 0; tries < 50; tries += 1) {
    const text = new Sampler(random, pattern).alternatives();
    if (expression.test(text)) return text;
  }
  return undefined;
}

class Sampler {
  readonly #random: Random;
  readonly #pattern: string;
  #at = 0;

  constructor(random: Random, pattern: string) {
    this.#random = random;
    this.#pattern = pattern;
  }

  /** Up to a closing parenthesis or the end. */
  alternatives(): string {
    const found: [string, ...string[]] = [this.#sequence()];
    while (this.#next('|')) found.push(this.#sequence());
    return this.#random.pick(found);
  }

  #sequence(): string {
    let text = '';
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#pattern.charAt(this.#at))) text += this.#term();
    return text;
  }

  #term(): string {
    const start = this.#at;
    const first = this.#atom();
    const end = this.#at;
    let text = '';
    const [least, most] = this.#quantifier();
    const after = this.#at;
    for (let count = least + this.#random.below(Math.min(most, least + 4) - least + 1); count > 0; count -= 1) {
      this.#at = start;
      text += count === 1 ? first : this.#atom();
      this.#at = end;
    }
    this.#at = after;
    return text;
  }

  #quantifier(): readonly [number, number] {
    if (this.#next('*')) return [0, 8];
    if (this.#next('+')) return [1, 8];
    if (this.#next('?')) return [0, 1];
    const counted = /^\{(\d+)(,?)(\d*)\}/.exec(this.#pattern.slice(this.#at));
    if (counted === null) return [1, 1];
    this.#at += counted[0].length;
    const least = Number(counted[1]);
    return [least, counted[2] === '' ? least : Number(counted[3] === '' ? least + 8 : counted[3])];
  }

  #atom(): string {
    const character = this.#pattern.charAt(this.#at);
    this.#at += 1;
    switch (character) {
      case '^':
      case '$':
        return '';
      case '.':
        return this.#oneOf((one) => one !== '\n' && one !== '\r' && one !== '\u2028');
      case '(':
        return this.#group();
      case '[':
        return this.#class();
      case '\\':
        return this.#oneOf(this.#escape());
      default:
        return character;
    }
  }

  #group(): string {
    const isLook = /^\?[!=]/.test(this.#pattern.slice(this.#at));
    if (this.#next('?')) this.#at += 1;
    const text = this.alternatives();
    this.#at += 1;
    return isLook ? '' : text;
  }

  #class(): string {
    const isNegated = this.#next('^');
    const members: ((one: string) => boolean)[] = [];
    while (this.#pattern.charAt(this.#at) !== ']') members.push(this.#member());
    this.#at += 1;
    return this.#oneOf((one) => members.some((member) => member(one)) !== isNegated);
  }

  #member(): (one: string) => boolean {
    const from = this.#pattern.charAt(this.#at);
    this.#at += 1;
    if (from === '\\') return this.#escape();
    const to = this.#pattern.charAt(this.#at + 1);
    if (this.#pattern.charAt(this.#at) !== '-' || to === ']') return (one) => one === from;
    this.#at += 2;
    return (one) => one.length === 1 && from <= one && one <= to;
  }

  #escape(): (one: string) => boolean {
    const letter = this.#pattern.charAt(this.#at);
    this.#at += 1;
    const known: Readonly<Record<string, RegExp>> = { d: /\d/, w: /\w/, s: /\s/, S: /\S/, n: /\n/, 0: /\0/ };
    const expression = known[letter];
    return (one) => (expression === undefined ? one === letter : expression.test(one));
  }

  #oneOf(isMember: (one: string) => boolean): string {
    for (let tries = 0; tries < 20; tries += 1) {
      const one = this.#random.pick(anything);
      if (isMember(one)) return one;
    }
    const code = Array.from({ length: 0x7f }, (_, index) => String.fromCharCode(index)).filter(isMember);
    return code[this.#random.below(Math.max(code.length, 1))] ?? '';
  }

  #next(character: string): boolean {
    if (this.#pattern.charAt(this.#at) !== character) return false;
    this.#at += 1;
    return true;
  }
}
