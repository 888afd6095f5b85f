// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { entriesBetween, parseChangelog, securityFixes } from '../../../src/packages/changelog.ts';
import { compareVersions } from '../../../src/packages/version-order.ts';

const text = `nginx (1.22.1-9+deb12u3) bookworm-security; urgency=high

  * Backport changes for CVE-2025-23419, CVE-2025-100001 and CVE-2024-7347 (DSA-5800-1).

 -- Somebody <somebody@example.com>  Sat, 01 Mar 2025 10:00:00 +0000

nginx (1.22.1-9+deb12u2) bookworm; urgency=medium

  * Reword the manual page.

 -- Somebody <somebody@example.com>  Sat, 01 Feb 2025 10:00:00 +0000

nginx (1.22.1-9) unstable; urgency=low

  * CVE-2022-41741.

 -- Somebody <somebody@example.com>  Sat, 01 Jan 2022 10:00:00 +0000
`;

describe('the changelog of a package', () => {
  const entries = parseChangelog(text);

  it('names the security fixes after one version and up to another', () => {
    expect(securityFixes(entriesBetween(entries, '1.22.1-9', '1.22.1-9+deb12u3'))).toEqual({
      cves: ['CVE-2024-7347', 'CVE-2025-23419', 'CVE-2025-100001'],
      advisories: ['DSA-5800-1'],
      urgency: 'high',
    });
  });

  it('says no urgency where nothing was for security', () => {
    expect(securityFixes(entriesBetween(entries, '1.22.1-9', '1.22.1-9+deb12u2'))).toEqual({
      cves: [],
      advisories: [],
    });
    expect(entriesBetween(entries, '1.22.1-9+deb12u3', '1.22.1-9+deb12u3+b1')).toEqual([]);
  });
});

describe('two versions', () => {
  const versions = [
    '1.0',
    '1.0~rc1',
    '1.0-1',
    '1:0.9',
    '1.0a',
    '1.0+b1',
    '1.0.',
    '1.00',
    '1.10',
    '1.9',
    '1.0-1~deb12u1',
  ];
  const more = [
    '2:8.2-1',
    '1.2.13.dfsg-1',
    '1.0~',
    '0',
    '1.0-a',
    '1.0-1+b2',
    '1.0-01',
    '12+9',
    '12-9',
    '1.0~~',
    'a',
    '1a',
  ];
  const all = [...versions, ...more];

  it('are in the order that dpkg has them in', () => {
    const wrong = all.flatMap((one) =>
      all.flatMap((two) => {
        const found = Math.sign(compareVersions(one, two));
        const relation = found < 0 ? 'lt' : found > 0 ? 'gt' : 'eq';
        // dpkg warns of versions that do not begin with a digit, and compares them nevertheless.
        const { status } = spawnSync('dpkg', ['--compare-versions', one, relation, two]);
        return status === 0 ? [] : [`${one} ${relation} ${two}`];
      }),
    );
    expect(wrong).toEqual([]);
  });
});
