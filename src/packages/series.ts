// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { parseSources, type Source, sourcesText } from './sources.ts';

/** Which Debian release has which series of kernels in its package linux-source-SERIES. */
const releases: Readonly<Record<string, string>> = { '6.1': 'bookworm', '6.12': 'trixie' };

/** What is built when nobody says otherwise. */
export const defaultSeries = '6.12';

/** The package with the source of a series. Throws `usage` for what is no series. */
export function sourcePackage(series: string): string {
  if (!/^\d+\.\d+$/.test(series)) {
    throw new TskitError(
      'usage',
      `kernel series: expected one such as ${Object.keys(releases).join(' or ')}, found "${series}"`,
    );
  }
  return `linux-source-${series}`;
}

/**
 * The archives that have a series, derived from those that recipes are built from: the same servers and keyrings, and the suites of the
 * release that has it (bookworm-security becomes trixie-security). A series of no known release is looked for in what there is.
 * @param text sources in deb822 style, as {@link sourcesText} writes them
 */
export function sourcesForSeries(text: string, series: string): string {
  const release = releases[series];
  if (release === undefined) return text;
  const sources = parseSources([{ name: 'given.sources', text }]);
  return sourcesText(
    sources.map((source) => ofRelease(source, release)),
    '',
  );
}

/** Suites without a codename (a snapshot's path, "stable") stay as they are. */
function ofRelease(source: Source, release: string): Source {
  const suites = source.suites.map((suite) =>
    /^(stable|oldstable|testing|unstable|experimental)/.test(suite)
      ? suite
      : suite.replace(/^[a-z]+(?=$|-updates$|-security$|\/updates$)/, release),
  );
  return { ...source, suites };
}
