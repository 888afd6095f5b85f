// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * Rows with their columns aligned by spaces, each column at least `least` wide and three spaces from the next; the last one is
 * not padded.
 */
export function formatTable(rows: readonly (readonly (string | number)[])[], least: number): string {
  const texts = rows.map((row) => row.map(String));
  const count = Math.max(0, ...texts.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(least, ...texts.map((row) => (row[column] ?? '').length + 3)),
  );
  return texts
    .map(
      (row) =>
        `${row.map((cell, column) => cell.padEnd(column === row.length - 1 ? 0 : (widths[column] ?? 0))).join('')}\n`,
    )
    .join('');
}
