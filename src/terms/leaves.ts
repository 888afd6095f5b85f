// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { stringifyJson } from '../json.ts';

/**
 * The values of a JSON value with the way to each: [["memory", "limit"], "1024"]. Lists of plain values are one leaf, lists
 * of objects one an element. Empty objects and lists have none.
 */
export function leavesOf(
  value: unknown,
  path: readonly string[] = [],
): readonly (readonly [readonly string[], string])[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) {
    if (value.length === 0) return [];
    if (value.every((item) => typeof item !== 'object' || item === null)) return [[path, stringifyJson(value)]];
    return value.flatMap((item, index) => leavesOf(item, [...path, String(index)]));
  }
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]));
  }
  return [[path, typeof value === 'string' ? value : stringifyJson(value)]];
}
