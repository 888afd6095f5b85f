// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { sizeShape } from './schema-logging.ts';

const kibi = 1024;
const units: Readonly<Record<string, number>> = { b: 1, k: kibi, m: kibi ** 2, g: kibi ** 3 };

/** Bytes of a text such as "10m"; undefined when it is none. */
export function sizeBytes(text: string): number | undefined {
  const [, count, unit = 'b'] = sizeShape.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (units[unit.charAt(0)] ?? 1);
}
