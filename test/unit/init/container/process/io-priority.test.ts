// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { parseIoPriority } from '../../../../../init/container/process/io-priority.ts';

test('class and level are one number', () => {
  expect(parseIoPriority(undefined)).toBeUndefined();
  expect(parseIoPriority({ class: 'IOPRIO_CLASS_RT', priority: 0 })).toBe(1 << 13);
  expect(parseIoPriority({ class: 'IOPRIO_CLASS_IDLE', priority: 7 })).toBe((3 << 13) | 7);
  expect(parseIoPriority({ class: 'IOPRIO_CLASS_IDLE' })).toBe(3 << 13);
});

test('an unknown class and a level out of range are refused', () => {
  expect(() => parseIoPriority({ class: 'IOPRIO_CLASS_NONE', priority: 0 })).toThrow(
    'process.ioPriority.class: expected one of IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE',
  );
  expect(() => parseIoPriority({ class: 'IOPRIO_CLASS_BE', priority: 8 })).toThrow('expected 0 to 7, found 8');
});
