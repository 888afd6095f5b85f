// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { allocateIds, numericId } from '../../../src/assemble/ids.ts';
import { spec } from '../../support/assembly.ts';

const entry = (name: string) => ({ name, image: 'x' });
const ids = allocateIds(
  spec({ onboot: [entry('a'), entry('b')], onshutdown: [entry('c')], services: [entry('d'), entry('a')] }),
);

test('ids are allocated from 100 over onboot, onshutdown and services, also to entries that share a name', () => {
  expect(Object.fromEntries(ids)).toEqual({ a: 104, b: 101, c: 102, d: 103 });
});

test.each([
  [undefined, 0],
  ['', 0],
  ['root', 0],
  [33, 33],
  ['d', 103],
  [4_294_967_294, 4_294_967_294],
])('%j is the id %i', (id, expected) => {
  expect(numericId(id, ids, 'uid')).toBe(expected);
});

test.each([-1, 1.5, 4_294_967_295])('%d is no id', (id) => {
  expect(() => numericId(id, ids, 'gid')).toThrow(`gid: expected an id from 0 to 4294967294, found ${id}`);
});

test('an unknown name is an error that lists the known ones', () => {
  expect(() => numericId('www-data', ids, 'uid')).toThrow(
    expect.objectContaining({
      message: 'uid: expected a number, "root" or a container\'s name, found "www-data"',
      hint: 'containers of this spec: a, b, c, d',
    }),
  );
});
