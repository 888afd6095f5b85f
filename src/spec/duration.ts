// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** A duration as Compose and Go write it: "10s", "1m30s", "500ms". */
export const durationShape: RegExp = /^([0-9]{1,9}(\.[0-9]{1,9})?(us|ms|s|m|h)){1,5}$/;

/** In millionths of a second, so that "100ms" is 0.1 s and not nearly so. */
const units: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6 };

/** Seconds of a text of that shape. */
export function durationSeconds(text: string): number {
  const parts = [...text.matchAll(/([0-9.]+)(us|ms|s|m|h)/g)];
  return Math.round(parts.reduce((sum, [, value, unit = '']) => sum + Number(value) * (units[unit] ?? 0), 0)) / 1e6;
}
