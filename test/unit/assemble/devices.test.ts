// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { deviceNodes, deviceRules } from '../../../src/assemble/devices.ts';

const random = { path: '/dev/random', type: 'c', major: 1, minor: 8, mode: '0666' };

test('a device becomes a node and a rule that allows it', () => {
  expect(deviceNodes([random])).toEqual([{ path: '/dev/random', type: 'c', major: 1, minor: 8, fileMode: 0o666 }]);
  expect(deviceRules([random])).toEqual([{ allow: true, type: 'c', major: 1, minor: 8, access: 'rwm' }]);
});

test('path "all" allows a whole class and makes no node', () => {
  const all = { path: 'all', type: 'b', major: 8, minor: 0 };
  expect(deviceNodes([all])).toEqual([]);
  expect(deviceRules([all])).toEqual([{ allow: true, type: 'b', access: 'rwm' }]);
});

test('the rules know character devices as "c" only, and no fifos', () => {
  const fifo = { path: '/dev/initctl', type: 'p', major: 0, minor: 0, mode: '0600' };
  expect(deviceNodes([{ ...random, type: 'u' }, fifo]).map(({ type }) => type)).toEqual(['u', 'p']);
  expect(deviceRules([{ ...random, type: 'u' }, fifo])).toEqual([
    { allow: true, type: 'c', major: 1, minor: 8, access: 'rwm' },
  ]);
});

test.each([
  [{ ...random, mode: '0888' }, 'expected a mode in octal digits, found "0888"'],
  [{ path: '/dev/x', type: 'c', major: 1, minor: 1 }, 'expected a mode in octal digits, found none'],
  [{ ...random, type: 'a' }, 'expected type "c", "b", "u" or "p", found "a"'],
])('%j is an error that names the device', (device, message) => {
  expect(() => deviceNodes([device])).toThrow(`device "${device.path}": ${message}`);
});
