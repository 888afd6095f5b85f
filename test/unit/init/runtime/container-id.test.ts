// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { checkId } from '../../../../init/runtime/container-id.ts';

test.each(['a', '0', 'A_b+c-d.e', '.hidden', '..a', '-x'])('"%s" is an id', (id) => {
  expect(checkId(id)).toBe(id);
});

test.each([
  ['', 'expected a name for a folder, found ""'],
  ['.', 'expected a name for a folder, found "."'],
  ['..', 'expected a name for a folder'],
  ['a/b', 'invalid character "/" in container ID "a/b"'],
  ['a b', 'invalid character " "'],
  ['a\0', 'invalid character'],
  ['é', 'invalid character "é"'],
  ['@seccomp', 'invalid character "@"'],
])('"%s" is refused', (id, message) => {
  expect(() => checkId(id)).toThrow(message);
});
