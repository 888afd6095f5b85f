// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { checkEntries, layerLimit } from '../../../src/flatten/layer-limit.ts';

const gibibyte = 2 ** 30;

describe('the limit of a layer', () => {
  it.each([
    ['a small layer', 1000, gibibyte],
    ['a layer that may pack 250 times smaller', 20_000_000, 5_000_000_000],
    ['a large layer', gibibyte, 8 * gibibyte],
  ])('is bounded by size and ratio for %s', (_, stored, expected) => {
    expect(layerLimit(stored, {})).toBe(expected);
  });

  it.each([
    ['1000', 1000],
    ['5K', 5 * 1024],
    ['7M', 7 * 2 ** 20],
    ['16G', 16 * gibibyte],
    ['1T', 2 ** 40],
    ['', gibibyte],
  ])('is what TSKIT_LAYER_LIMIT=%j says', (text, expected) => {
    expect(layerLimit(1, { TSKIT_LAYER_LIMIT: text })).toBe(expected);
  });

  it.each(['lots', '-1', '1.5G', '1 G', '5GB'])('is an error of usage when it is %j', (text) => {
    expect(() => layerLimit(1, { TSKIT_LAYER_LIMIT: text })).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

it('a million entries are enough', () => {
  expect(() => checkEntries(1_000_000, 'the image')).not.toThrow();
  expect(() => checkEntries(1_000_001, 'the image')).toThrow('the image has more than 1000000 entries');
});
