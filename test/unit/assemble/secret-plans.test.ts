// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { secretPlans } from '../../../src/assemble/secret-plans.ts';
import { refusalOf } from '../../support/refusal.ts';

const sources = { token: { fw_cfg: 'opt/org.example/token' }, key: { file: '/run/key' } };

test('a name alone is a file in /run/secrets that the container may read, whoever it runs as', () => {
  expect(secretPlans({ secrets: ['token'] }, sources)).toEqual([
    {
      name: 'token',
      from: { kind: 'fw_cfg', name: 'opt/org.example/token' },
      path: '/run/secrets/token',
      uid: 0,
      gid: 0,
      mode: 0o444,
    },
  ]);
});

test('a map says where, whose and how', () => {
  const use = { source: 'key', target: '/etc/app.key', uid: 1000, gid: 1001, mode: '0400' };
  expect(secretPlans({ secrets: [use, { source: 'token', target: 'app/t' }] }, sources)).toMatchObject([
    { name: 'key', from: { kind: 'file', path: '/run/key' }, path: '/etc/app.key', uid: 1000, gid: 1001, mode: 0o400 },
    { path: '/run/secrets/app/t' },
  ]);
});

test('one that a label names has to be in the spec', () => {
  expect(refusalOf('spec', () => secretPlans({ secrets: ['toString'] }, sources))).toBe(
    'secrets: expected the name of a secret of the spec, found "toString"',
  );
});
