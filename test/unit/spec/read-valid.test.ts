// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { diagnostic } from '../../../src/spec/diagnostics.ts';
import { type DocumentKind, readValid } from '../../../src/spec/read-valid.ts';
import { refusalOf } from '../../support/refusal.ts';

const anything: DocumentKind = {
  subject: 'a page',
  file: 'page.yml',
  reference: 'docs/pages.md',
  schema: {},
  validate: () => true,
  check: () => [],
};

test('a document that its validator takes is refused for what its reader found', () => {
  expect(refusalOf('spec', () => readValid('a: 1\na: 2\n', anything))).toBe(
    'page.yml:2:1: expected each key once, found "a" again\n  2 | a: 2\n    | ^',
  );
});

test('mistakes of the reader and of the checks come in the order of the text', () => {
  const kind = { ...anything, check: () => [diagnostic({ start: 0, end: 1 }, ['a'], 'expected b, found a')] };
  expect(refusalOf('spec', () => readValid('\ufeffa: 1\na: 2\n', kind)).split('\n')).toEqual([
    'page.yml has 2 errors',
    'page.yml:1:1: a: expected b, found a',
    '  1 | a: 1',
    '    | ^',
    'page.yml:2:1: expected each key once, found "a" again',
    '  2 | a: 2',
    '    | ^',
  ]);
});

test('the hint names the page that describes the keys', () => {
  expect(() => readValid('', anything)).toThrow(
    expect.objectContaining({ hint: 'docs/pages.md describes every key', code: 'spec' }),
  );
});
