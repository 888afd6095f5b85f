// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** In nanoseconds. */
const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Nanoseconds of a duration as Go writes it: "500ms", "1.5s", "1m30s". Undefined for anything else, and for 0 or less. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g)];
  const sum = parts.reduce((total, [, value, unit = '']) => total + Number(value) * (units[unit] ?? 0), 0);
  return sum >= 1 ? Math.round(sum) : undefined;
}
