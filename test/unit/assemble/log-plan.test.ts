// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import type { LogPlan } from '../../../init/contract/container-plan.ts';
import { logPlan } from '../../../src/assemble/log-plan.ts';
import type { LoggingSpec } from '../../../src/spec/supervision-types.ts';
import { refusalOf } from '../../support/refusal.ts';

const standard: LogPlan = { driver: 'file', maxSize: 1_048_576, maxFiles: 2, json: false };

test.each<[LoggingSpec, Partial<LogPlan>]>([
  [{}, {}],
  [
    { driver: 'memory', max_size: '64k' },
    { driver: 'memory', maxSize: 65_536 },
  ],
  [
    { max_size: '2mb', max_files: 5, json: true },
    { maxSize: 2_097_152, maxFiles: 5, json: true },
  ],
  [{ max_size: 5000 }, { maxSize: 5000 }],
  [{ max_size: '1g' }, { maxSize: 1_073_741_824 }],
  [{ rate: '1000/s' }, { rate: { lines: 1000, seconds: 1 } }],
  [{ rate: '200/5m' }, { rate: { lines: 200, seconds: 300 } }],
  [{ rate: '1/500ms' }, { rate: { lines: 1, seconds: 0.5 } }],
  [
    { driver: 'syslog', address: '10.0.0.1' },
    { driver: 'syslog', address: '10.0.0.1', port: 514 },
  ],
  [
    { driver: 'syslog', address: 'udp://[fd00::1]:5514' },
    { driver: 'syslog', address: 'fd00::1', port: 5514 },
  ],
  [
    { driver: 'syslog', address: 'localhost:99' },
    { driver: 'syslog', address: '127.0.0.1', port: 99 },
  ],
])('%j', (logging, plan) => {
  expect(logPlan(logging)).toEqual({ ...standard, ...plan });
});

test('what label and entry say together has to fit', () => {
  expect(refusalOf('spec', () => logPlan({ driver: 'syslog' }))).toMatch(/expected an address .* found none/);
  expect(refusalOf('spec', () => logPlan({ driver: 'kmsg', max_size: '1m' }))).toBe(
    'logging: expected max_size with driver "file" or "memory", found "kmsg"',
  );
  expect(refusalOf('spec', () => logPlan({ address: '10.0.0.1' }))).toBe(
    'logging: expected address with driver "syslog", found "file"',
  );
});
