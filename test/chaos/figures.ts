// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** One run of the killer: every kill is an end or a failed start, and each of those is followed by one start. */
export interface Ledger {
  readonly kills: number;
  /** Of them those that met a container in the making. */
  readonly early: number;
  readonly ends: number;
  readonly failed: number;
  readonly restarts: number;
  /** Ends that nobody caused, starts of what ran. */
  readonly unexpected: number;
  /** Events that the stream left out. */
  readonly missed: number;
  /** Services that were given up or did not come back. */
  readonly lost: number;
  readonly agrees: boolean;
}

/** What the console tells of a run. */
export interface Figures {
  readonly ledgers: readonly Ledger[];
  /** "NAME: NUMBER" of the director's lines. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Lines about the ends and starts of the services that are killed. */
  readonly victimLines: number;
  readonly longestLine: number;
}

const ledgerLine =
  /ledger: kills (\d+) \((\d+) in the making\), ends (\d+), failed starts (\d+), restarts (\d+), unexpected (\d+), missed (\d+), lost (\d+);[^\n]*\n[^\n]*the books (agree|DO NOT AGREE)/g;

function ledgerOf(match: RegExpMatchArray): Ledger {
  const number = (group: number): number => Number(match[group]);
  return {
    kills: number(1),
    early: number(2),
    ends: number(3),
    failed: number(4),
    restarts: number(5),
    unexpected: number(6),
    missed: number(7),
    lost: number(8),
    agrees: match[9] === 'agree',
  };
}

/** Reads them from the console. */
export function figuresOf(console: string): Figures {
  // The killer's lines and PID 1's come in between each other, but never within a line.
  const own = console.replaceAll(/^(?!chaos: ).*\n/gm, '');
  const ledgers = [...own.matchAll(ledgerLine)].map(ledgerOf);
  const numbers = [...own.matchAll(/^chaos: ([^:]+): (-?[0-9]+)/gm)];
  const lines = console.split('\n');
  return {
    ledgers,
    numbers: new Map(numbers.map(([, name = '', number]) => [name, Number(number)])),
    victimLines: lines.filter((line) => line.includes('service victim-') && !line.endsWith(': healthy')).length,
    longestLine: Math.max(...lines.map((line) => line.length)),
  };
}
