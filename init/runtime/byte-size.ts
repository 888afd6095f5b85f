// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

const units = ['', 'k', 'm', 'g', 't', 'p'];

/**
 * Bytes of a size as Docker's and runc's options take it: a number, whole or with a fraction, and a unit of 1024, as in "512m",
 * "1.5GiB", "100 kb"; bytes without one. Undefined for anything else.
 */
export function parseByteSize(text: string): bigint | undefined {
  const match = /^([0-9]+)(?:\.([0-9]+))? ?([kmgtp]?)(?:i?b)?$/i.exec(text);
  if (match === null) return undefined;
  const [, whole = '', fraction = '', unit = ''] = match;
  const scale = 1024n ** BigInt(units.indexOf(unit.toLowerCase()));
  const parts = 10n ** BigInt(fraction.length);
  return (BigInt(whole + fraction) * scale) / parts;
}
