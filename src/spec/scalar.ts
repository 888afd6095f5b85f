// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** What a scalar stands for. Integers beyond 2^53 - 1 are bigint and keep their digits. */
export type ScalarValue = null | boolean | number | bigint | string;

const constants: ReadonlyMap<string, ScalarValue> = new Map<string, ScalarValue>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Number.POSITIVE_INFINITY] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, Number.NEGATIVE_INFINITY] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
]);

/** More digits than any integer that has a meaning here, few enough to be converted at once. */
const longestInteger = 80;

/**
 * The value of a plain (unquoted, untagged) scalar as LinuxKit's parser, gopkg.in/yaml.v3, resolves it where the type is open:
 * YAML 1.2's core schema plus 0644 as octal, 0b101, and underscores in numbers. "yes", "on" and dates stay strings.
 */
export function resolvePlain(source: string): ScalarValue {
  const constant = constants.get(source);
  if (constant !== undefined) return constant;
  if (!/^[-+.0-9]/.test(source)) return source;
  const digits = source.replaceAll('_', '');
  if (digits.length <= longestInteger) {
    const integer = resolveInteger(digits);
    if (integer !== undefined) return integer;
  }
  return /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(digits) ? Number(digits) : source;
}

/** The value of a scalar with an explicit tag, undefined when the text is not of that type or the type is not known. */
export function resolveTagged(type: string, source: string): ScalarValue | undefined {
  if (type === 'str') return source;
  const value = resolvePlain(source);
  switch (type) {
    case 'null':
      return value === null ? null : undefined;
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'int':
      return typeof value === 'bigint' || Number.isInteger(value) ? value : undefined;
    case 'float':
      return typeof value === 'number' ? value : undefined;
    default:
      return undefined;
  }
}

function resolveInteger(digits: string): number | bigint | undefined {
  const match = /^([-+]?)(?:(0[bB][01]+|0[oO][0-7]+|0[xX][0-9a-fA-F]+)|0([0-7]+)|(0|[1-9][0-9]*))$/.exec(digits);
  if (match === null) return undefined;
  const [, sign, prefixed, octal, decimal] = match;
  const magnitude = BigInt(prefixed ?? (octal === undefined ? (decimal ?? '0') : `0o${octal}`));
  const value = sign === '-' ? -magnitude : magnitude;
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}
