// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { formatPath } from '../spec/document.ts';
import type { Misfit } from './message.ts';

/** As many values and levels as a YAML spec may have. */
const mostValues = 100_000;
const mostLevels = 64;
/** More than anyone reads. */
const mostMisfits = 100;

/**
 * Everything in `value` that no YAML could have said. A key whose value is undefined is an absent key, so that a spec can
 * write `cmdline: debug ? 'debug' : undefined`.
 */
export function misfitsOf(value: unknown): readonly Misfit[] {
  const survey = new Survey();
  survey.visit(value, []);
  return survey.misfits;
}

type Path = readonly (string | number)[];

class Survey {
  readonly misfits: Misfit[] = [];
  readonly #above = new Map<object, Path>();
  #values = 0;

  visit(value: unknown, path: Path): void {
    this.#values += 1;
    if (this.misfits.length >= mostMisfits || this.#values > mostValues) return;
    if (this.#values === mostValues) return this.#report(path, `expected at most ${mostValues} values, found more`);
    if (typeof value === 'number' && !Number.isFinite(value)) {
      return this.#report(path, `expected a number that JSON has, found ${value}`);
    }
    if (typeof value === 'object' && value !== null) return this.#visitObject(value, path);
    if (['undefined', 'function', 'symbol'].includes(typeof value)) {
      this.#report(path, `expected a value, found ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}`);
    }
  }

  #visitObject(value: object, path: Path): void {
    const above = this.#above.get(value);
    if (above !== undefined) {
      const where = above.length === 0 ? 'the spec itself' : formatPath(above);
      return this.#report(path, `expected a value that does not hold itself, found ${where} again`);
    }
    if (path.length >= mostLevels) return this.#report(path, `expected at most ${mostLevels} levels, found more`);
    this.#above.set(value, path);
    if (Array.isArray(value)) for (const [index, item] of value.entries()) this.visit(item, [...path, index]);
    else if (isPlain(value)) this.#visitEntries(value, path);
    else this.#report(path, `expected a plain object or a list, found ${nameOf(value)}`);
    this.#above.delete(value);
  }

  #visitEntries(value: object, path: Path): void {
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) this.visit(item, [...path, key]);
    }
  }

  #report(path: Path, message: string): void {
    this.misfits.push({ path, message });
  }
}

/** An object literal, whichever module or context made it: an imported module's namespace is none. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return Object.prototype.toString.call(value) === '[object Object]';
  return Object.getPrototypeOf(prototype) === null && Object.prototype.toString.call(value) === '[object Object]';
}

function nameOf(value: object): string {
  if (value instanceof Promise) return 'a promise: `await` it';
  const name = Object.prototype.toString.call(value).slice(8, -1);
  const { constructor } = value as { readonly constructor?: { readonly name?: unknown } };
  const called = name === 'Object' && typeof constructor?.name === 'string' ? constructor.name : name;
  return `an object of type ${called}`;
}
