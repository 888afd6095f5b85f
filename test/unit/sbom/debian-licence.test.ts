// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { declaredLicence } from '../../../src/sbom/debian-licence.ts';

const head = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n';

function expressionOf(...licences: readonly string[]): string | undefined {
  const files = licences.map((licence) => `Files: *\nCopyright: somebody\nLicense: ${licence}\n`);
  return declaredLicence([head, ...files].join('\n'))?.expression;
}

describe('the licence that a copyright file declares', () => {
  it.each([
    ['GPL-2', 'GPL-2.0-only'],
    ['GPL-2+', 'GPL-2.0-or-later'],
    ['LGPL-2.1+', 'LGPL-2.1-or-later'],
    ['GPL-3.0+', 'GPL-3.0-or-later'],
    ['Expat', 'MIT'],
    ['GPL-1+ or Artistic', 'GPL-1.0-or-later OR Artistic-1.0-Perl'],
    ['GPL-2+ or Artistic-2.0, and BSD-3-clause', '(GPL-2.0-or-later OR Artistic-2.0) AND BSD-3-Clause'],
  ])('%s is %s', (debian, spdx) => {
    expect(expressionOf(debian)).toBe(spdx);
  });

  it('is all that its files have, each once', () => {
    expect(expressionOf('ISC', 'GPL-2+ or Expat', 'ISC')).toBe('(GPL-2.0-or-later OR MIT) AND ISC');
  });

  it('that SPDX has no name for is kept with its text', () => {
    const text = `${head}\nFiles: *\nCopyright: x\nLicense: our terms\n Do as you like.\n .\n Twice.\n`;
    const licence = declaredLicence(text);
    expect(licence?.expression).toMatch(/^LicenseRef-our-terms-[0-9a-f]{8}$/);
    expect(licence?.extracted).toEqual([
      { licenseId: licence?.expression, name: 'our terms', extractedText: 'Do as you like.\n.\nTwice.' },
    ]);
  });

  it('in free text is not guessed', () => {
    expect(declaredLicence('This package was made by somebody.\nLicense: GPL\n')).toBeUndefined();
  });
});
