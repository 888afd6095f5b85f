// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { capabilityNames } from '../../../init/contract/runtime-config.ts';
import { capabilitySets } from '../../../src/assemble/capabilities.ts';

const none = { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] };

test.each([
  ['nothing is granted by default', undefined, undefined, none],
  ['"none" alone grants nothing', ['none'], ['NONE'], none],
  [
    'granted ones are in all sets but ambient, sorted except in effective',
    ['CAP_NET_RAW', 'CAP_CHOWN'],
    undefined,
    {
      bounding: ['CAP_CHOWN', 'CAP_NET_RAW'],
      effective: ['CAP_NET_RAW', 'CAP_CHOWN'],
      inheritable: ['CAP_CHOWN', 'CAP_NET_RAW'],
      permitted: ['CAP_CHOWN', 'CAP_NET_RAW'],
      ambient: [],
    },
  ],
  [
    'ambient ones are permitted and inherited but not effective at once',
    ['CAP_CHOWN'],
    ['CAP_NET_BIND_SERVICE'],
    {
      bounding: ['CAP_CHOWN', 'CAP_NET_BIND_SERVICE'],
      effective: ['CAP_CHOWN'],
      inheritable: ['CAP_CHOWN', 'CAP_NET_BIND_SERVICE'],
      permitted: ['CAP_CHOWN', 'CAP_NET_BIND_SERVICE'],
      ambient: ['CAP_NET_BIND_SERVICE'],
    },
  ],
])('%s', (_title, capabilities, ambient, expected) => {
  expect(capabilitySets(capabilities, ambient)).toEqual(expected);
});

test('"all" alone grants every capability of the kernel', () => {
  const sets = capabilitySets(['all'], undefined);
  expect(sets.effective).toEqual(capabilityNames);
  expect(sets.bounding).toEqual([...capabilityNames].sort());
});

test('an unknown name is an error that says the nearest one', () => {
  expect(() => capabilitySets(['CAP_NET_ADMN'], undefined)).toThrow(
    expect.objectContaining({
      code: 'spec',
      message: expect.stringContaining('found "CAP_NET_ADMN"'),
      hint: 'did you mean "CAP_NET_ADMIN"?',
    }),
  );
});

test('"all" beside another name is no capability', () => {
  expect(() => capabilitySets(['all', 'CAP_CHOWN'], undefined)).toThrow('found "all"');
});
