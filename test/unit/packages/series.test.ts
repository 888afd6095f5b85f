// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { sourcePackage, sourcesForSeries } from '../../../src/packages/series.ts';

const host = [
  'Types: deb',
  'URIs: http://deb.debian.org/debian',
  'Suites: bookworm bookworm-updates',
  'Components: main',
  'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
  '',
  'Types: deb',
  'URIs: http://deb.debian.org/debian-security',
  'Suites: bookworm-security',
  'Components: main',
  'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
  'Check-Valid-Until: no',
  '',
].join('\n');

describe("the archives of a kernel's series", () => {
  test('are those of the release that has it, on the same servers with the same keys', () => {
    expect(sourcesForSeries(host, '6.12')).toBe(host.replaceAll('bookworm', 'trixie'));
  });

  test('are the given ones where these are of that release, or nobody knows one', () => {
    expect(sourcesForSeries(host, '6.1')).toBe(host);
    expect(sourcesForSeries(host, '6.18')).toBe(host);
  });

  test('leave suites without a codename alone', () => {
    const stable = host.replace('bookworm bookworm-updates', 'stable');
    expect(sourcesForSeries(stable, '6.12')).toContain('Suites: stable\n');
  });

  test('have a package of its name, and nothing else is a series', () => {
    expect(sourcePackage('6.12')).toBe('linux-source-6.12');
    expect(() => sourcePackage('6.12.1')).toThrow('kernel series: expected one such as 6.1 or 6.12, found "6.12.1"');
  });
});
