// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { formatPlace } from '../../../src/spec/texts.ts';
import { parseSpec } from '../../../src/spec/parse.ts';

const text = `\ufeff# comment
kernel:
  image: k
  cmdline: &line "é=1" # 2
services:
  - &base
    name: a
    image: b
    env:
      - A=1
      - *line
  - <<: *base
    name: c
`;

const { origin } = parseSpec(text, 'specs/os.yml');

test.each([
  [[], '2:1'],
  [['kernel'], '2:1'],
  [['kernel', 'cmdline'], '4:3'],
  [['services'], '5:1'],
  [['services', 0], '7:5'],
  [['services', 0, 'env'], '9:5'],
  [['services', 0, 'env', 0], '10:9'],
  [['services', 0, 'env', 1], '4:18'],
  [['services', 1, 'name'], '13:5'],
  [['services', 1, 'image'], '8:5'],
])('the entry at %j is at %s', (path, place) => {
  const found = origin.place(path);
  expect(found && formatPlace(found)).toBe(`specs/os.yml:${place}`);
});

test.each([
  [['init']],
  [['services', 2]],
  [['services', 0, 'cwd']],
  [['services', 0, 'name', 'x']],
  [['services', 0, 'env', 'length']],
])('nothing is written at %j', (path) => {
  expect(origin.place(path)).toBeUndefined();
});

test('relative paths start from the folder of the file', () => {
  expect(origin.folder).toBe(resolve('specs'));
});
