// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { editDistance, nearestKey } from '../../../src/spec/nearest-key.ts';

describe('editDistance', () => {
  test.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['abc', 'axc', 1],
    ['abc', 'acb', 1],
    ['abc', 'abcd', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('of %j and %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe('nearestKey', () => {
  test('takes a word that was cut short for the shortest that it begins, unless another is a slip away', () => {
    const capabilities = ['CAP_SETGID', 'CAP_NET_BIND_SERVICE', 'CAP_NET_ADMIN'];
    expect(nearestKey('CAP_NET_BIND', capabilities)).toBe('CAP_NET_BIND_SERVICE');
    expect(nearestKey('addi', ['additionalGids', 'add'])).toBe('add');
    expect(nearestKey('addit', ['additionalGids', 'ambient'])).toBe('additionalGids');
  });

  const known = ['kernel', 'init', 'onboot', 'onshutdown', 'services', 'files', 'readonly', 'net', 'env'];

  test.each([
    ['kernal', 'kernel'],
    ['sevices', 'services'],
    ['service', 'services'],
    ['Services', 'services'],
    ['read_only', 'readonly'],
    ['read-only', 'readonly'],
    ['on_boot', 'onboot'],
    ['nte', 'net'],
    ['ent', 'net'],
  ])('takes %j for %j', (found, meant) => {
    expect(nearestKey(found, known)).toBe(meant);
  });

  test.each(['', '-', 'x', 'volumes', 'ab', 'completely-different', 'n'.repeat(100_000)])(
    'takes %.20j for nothing',
    (found) => {
      expect(nearestKey(found, known)).toBeUndefined();
    },
  );
});
