// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Verdict } from './judge.ts';

/** How one file fared. `validated` and `built` are "yes" or what was wrong. */
export interface Result extends Partial<Verdict> {
  readonly file: string;
  readonly validated: string;
  readonly built?: string;
  /** What was done to the file before. */
  readonly note: string;
  readonly containers: number;
  readonly asAsked: number;
  readonly differences: readonly string[];
  readonly ok: boolean;
}

/** One file as soon as it is through, with everything that was not as expected. */
export function printResult(result: Result): void {
  console.log(row(result));
  const problems = [result.validated, result.built ?? 'yes'].filter((text) => text !== 'yes');
  for (const text of [...problems, ...result.differences])
    console.log(`    ${text.trimEnd().replaceAll('\n', '\n    ')}`);
}

/** All files, as a table in Markdown. */
export function printTable(results: readonly Result[]): void {
  console.log('\n| file | validated | built | booted | containers as asked | checks | differences |');
  console.log('|---|---|---|---|---|---|---|');
  for (const result of results) console.log(row(result));
  const good = results.filter(({ ok }) => ok).length;
  const sum = (key: 'containers' | 'asAsked' | 'checks'): number =>
    results.reduce((total, result) => total + (result[key] ?? 0), 0);
  console.log(
    `\n${good} of ${results.length} files as they should be; ${sum('asAsked')} of ${sum('containers')} containers as asked, ${sum('checks')} checks`,
  );
}

function row({ file, validated, built, booted, asAsked, containers, checks, differences, note, ok }: Result): string {
  const word = (text: string | undefined): string => (text === undefined ? '-' : text === 'yes' ? 'yes' : 'no');
  const counts = booted === undefined ? '-' : `${asAsked} of ${containers}`;
  const remarks = `${differences.length}${ok && differences.length > 0 ? ' (on purpose)' : ''}${note && `; ${note}`}`;
  return `| ${file} | ${word(validated)} | ${word(built)} | ${word(booted)} | ${counts} | ${checks ?? '-'} | ${remarks} |`;
}
