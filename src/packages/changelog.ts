// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { compareVersions } from './version-order.ts';

/** One entry of a Debian changelog (Debian Policy 4.4). */
export interface ChangelogEntry {
  readonly source: string;
  readonly version: string;
  /** "bookworm-security" */
  readonly distributions: readonly string[];
  /** "high"; lower case. */
  readonly urgency: string;
  readonly text: string;
}

/** What changed for security between two versions. */
export interface SecurityFixes {
  /** "CVE-2024-7347", by year and number. */
  readonly cves: readonly string[];
  /** Advisories that the entries name: "DSA-5800-1". */
  readonly advisories: readonly string[];
  /** The most urgent that an entry with a fix, or one for a -security suite, has. */
  readonly urgency?: string;
}

const heading = /^([a-z0-9][a-z0-9.+-]*) \(([^)\s]+)\)((?: [A-Za-z0-9.+-]+)+);(.*)$/;
const urgencies = ['low', 'medium', 'high', 'emergency', 'critical'];

/** Entries from the newest on; what is no entry is passed over, as in the old ends of changelogs. */
export function parseChangelog(text: string): readonly ChangelogEntry[] {
  const entries: ChangelogEntry[] = [];
  let body: string[] = [];
  let last: Omit<ChangelogEntry, 'text'> | undefined;
  const finish = (): void => {
    if (last !== undefined) entries.push({ ...last, text: body.join('\n') });
    body = [];
  };
  for (const line of text.split('\n')) {
    const [, source, version, suites = '', fields = ''] = heading.exec(line) ?? [];
    if (source === undefined || version === undefined) {
      body.push(line);
      continue;
    }
    finish();
    const urgency = /urgency=([a-z]+)/i.exec(fields)?.[1]?.toLowerCase() ?? 'low';
    last = { source, version, distributions: suites.trim().split(' '), urgency };
  }
  finish();
  return entries;
}

/** The entries after version `from` up to `to`, both of the source package. */
export function entriesBetween(
  entries: readonly ChangelogEntry[],
  from: string,
  to: string,
): readonly ChangelogEntry[] {
  return entries.filter(({ version }) => compareVersions(version, from) > 0 && compareVersions(version, to) <= 0);
}

/** What of security entries name. A number that a changelog takes back ("does not affect") is named nevertheless: it is for a reader. */
export function securityFixes(entries: readonly ChangelogEntry[]): SecurityFixes {
  const all = (pattern: RegExp): readonly string[] =>
    [...new Set(entries.flatMap(({ text }) => [...text.matchAll(pattern)].map(([found]) => found)))].sort(
      // The numbers have four digits or more.
      (a, b) => compareVersions(a, b),
    );
  const cves = all(/\bCVE-\d{4}-\d{4,}\b/g);
  const advisories = all(/\bDSA-\d+-\d+\b/g);
  const relevant = entries.filter(
    ({ text, distributions }) =>
      /\bCVE-\d{4}-\d{4,}\b/.test(text) || distributions.some((one) => one.endsWith('-security')),
  );
  const rank = Math.max(-1, ...relevant.map(({ urgency }) => urgencies.indexOf(urgency)));
  const urgency = urgencies[rank];
  return { cves, advisories, ...(urgency !== undefined && { urgency }) };
}
