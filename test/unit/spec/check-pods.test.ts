// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { parseLabel } from '../../../src/spec/label.ts';
import { refusalOf } from '../../support/refusal.ts';
import { specMistakes } from '../../support/spec-mistakes.ts';

const entry = (section: string, keys: string) => `${section}:\n  - {name: a, image: b, pod: shop${keys}}\n`;

test.each(['net', 'ipc', 'uts', 'hostname', 'userns'])('a service of a pod has no %s of its own', (key) => {
  expect(specMistakes(entry('services', `, ${key}: new`))).toEqual([
    `2:36 services[0].${key}: expected no "${key}" beside "pod", whose services share theirs, found both`,
  ]);
  expect(specMistakes(entry('services', ', pid: host'))).toEqual([]);
});

test.each(['onboot', 'onshutdown'])('an entry of %s is in no pod', (section) => {
  expect(specMistakes(entry(section, ''))).toEqual([
    `2:25 ${section}[0].pod: "pod" is for services: this one runs once`,
  ]);
});

test('processes are shared within a pod, so that there has to be one', () => {
  expect(specMistakes(entry('services', ', pid: pod'))).toEqual([]);
  for (const section of ['onboot', 'services', 'onshutdown'])
    expect(specMistakes(`${section}:\n  - {name: a, image: b, pid: pod}\n`)).toEqual([
      `2:30 ${section}[0].pid: expected "pod: NAME" beside \`pid: pod\`, found none`,
    ]);
});

test('a pod is named as a host is, since that is its name', () => {
  expect(specMistakes(entry('services', '_1'))).toEqual([
    '2:30 services[0].pod: expected a name of at most 63 letters, digits and "-", found the string "shop_1"',
  ]);
});

test('a label knows no pods', () => {
  expect(refusalOf('spec', () => parseLabel('pod: shop', 'web'))).toContain('"pod" cannot be set in a label');
});
