// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { cleanPath, nameOf, parentOf, resolveFrom } from '../../../../init/container/path.ts';

test.each([
  ['/a//b/./c/', '/a/b/c'],
  ['a/../../b', '/b'],
  ['/..', '/'],
  ['', '/'],
])('%j is clean as %j', (path, clean) => {
  expect(cleanPath(path)).toBe(clean);
});

test('a clean path has a parent and a name', () => {
  expect(['/a/b', '/a', '/'].map(parentOf)).toEqual(['/a', '/', '/']);
  expect(['/a/b', '/a', '/'].map(nameOf)).toEqual(['b', 'a', '']);
});

test('only relative paths start from the folder', () => {
  expect(resolveFrom('/bundle', 'rootfs')).toBe('/bundle/rootfs');
  expect(resolveFrom('/bundle', '/srv')).toBe('/srv');
});
