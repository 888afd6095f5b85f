// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { configValue, type KernelConfig } from '../kernel/config.ts';

type Expression =
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'comparison'; readonly operator: string; readonly left: string; readonly right: string };

const comparisons: ReadonlyMap<string, (left: string, right: string) => boolean> = new Map([
  ['=', (left, right) => left === right],
  ['!=', (left, right) => left !== right],
  ['<', (left, right) => Number(left) < Number(right)],
  ['>', (left, right) => Number(left) > Number(right)],
  ['<=', (left, right) => Number(left) <= Number(right)],
  ['>=', (left, right) => Number(left) >= Number(right)],
]);

/**
 * Why a condition of Kconfig ("NET && (INET || BROKEN)") does not hold for a configuration: the options that would have to be other
 * than they are, as "NET is not set" and so on. Empty when it holds, or when it cannot be told: questions to the compiler are not asked again.
 */
export function unmetParts(condition: string, config: KernelConfig): readonly string[] {
  const expression = parse(condition);
  return expression === undefined || holds(expression, config) !== false ? [] : culprits(expression, config);
}

function parse(text: string): Expression | undefined {
  const tokens = text.match(/\$\([^)]*\)|"[^"]*"|'[^']*'|&&|\|\||!=|<=|>=|[<>=!()]|[\w.-]+/g) ?? [];
  let at = 0;
  const primary = (): Expression => {
    const token = tokens[at++];
    if (token === '!') return { kind: 'not', of: primary() };
    if (token === '(') {
      const inner = or();
      at++;
      return inner;
    }
    if (token === undefined || token.startsWith('$')) return { kind: 'unknown' };
    const operator = tokens[at];
    if (operator !== undefined && comparisons.has(operator)) {
      const right = tokens[at + 1] ?? '';
      at += 2;
      return { kind: 'comparison', operator, left: token, right };
    }
    return { kind: 'symbol', name: token };
  };
  const and = (): Expression => {
    let left = primary();
    while (tokens[at] === '&&') {
      at++;
      left = { kind: 'and', left, right: primary() };
    }
    return left;
  };
  const or = (): Expression => {
    let left = and();
    while (tokens[at] === '||') {
      at++;
      left = { kind: 'or', left, right: and() };
    }
    return left;
  };
  return tokens.length === 0 ? undefined : or();
}

/** Undefined for what only the compiler could tell. */
function holds(expression: Expression, config: KernelConfig): boolean | undefined {
  switch (expression.kind) {
    case 'unknown':
      return undefined;
    case 'symbol':
      return isOn(valueOf(expression.name, config));
    case 'comparison':
      return comparisons.get(expression.operator)?.(
        valueOf(expression.left, config),
        valueOf(expression.right, config),
      );
    case 'not': {
      const inner = holds(expression.of, config);
      return inner === undefined ? undefined : !inner;
    }
    case 'and':
    case 'or': {
      const sides = new Set([holds(expression.left, config), holds(expression.right, config)]);
      const deciding = expression.kind === 'or';
      if (sides.has(deciding)) return deciding;
      return sides.has(undefined) ? undefined : !deciding;
    }
  }
}

/** What an expression that does not hold fails at. */
function culprits(expression: Expression, config: KernelConfig): readonly string[] {
  switch (expression.kind) {
    case 'symbol':
      return [`${expression.name} is not set`];
    case 'not':
      return expression.of.kind === 'symbol' ? [`${expression.of.name} is set`] : ['a condition holds that must not'];
    case 'comparison':
      return [`${expression.left} is ${valueOf(expression.left, config)}`];
    case 'and':
      return [expression.left, expression.right].flatMap((side) =>
        holds(side, config) === false ? culprits(side, config) : [],
      );
    case 'or':
      return [`neither ${alternatives(expression).join(' nor ')} is set`];
    case 'unknown':
      return [];
  }
}

function alternatives(expression: Expression): readonly string[] {
  if (expression.kind === 'or') return [...alternatives(expression.left), ...alternatives(expression.right)];
  if (expression.kind === 'symbol') return [expression.name];
  return ['another combination'];
}

/** `y`, `m` and `n` stand for themselves; quoted words and numbers do so, too. */
function valueOf(word: string, config: KernelConfig): string {
  if (/^["']/.test(word)) return word.slice(1, -1);
  if (/^([ymn]|-?\d+)$/.test(word)) return word;
  return configValue(config, `CONFIG_${word}`).replace(/^"(.*)"$/, '$1');
}

function isOn(value: string): boolean {
  return value === 'y' || value === 'm';
}
