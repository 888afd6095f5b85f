// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { idMappings, namespaces } from '../../../src/assemble/namespaces.ts';

test.each([
  ['a new pid and mount namespace are the default', {}, [{ type: 'pid' }, { type: 'mount' }]],
  ['"host" and "root" share the pid namespace', { pid: 'host' }, [{ type: 'mount' }]],
  ['"root" means the same as "host"', { pid: 'root', net: 'root' }, [{ type: 'mount' }]],
  ['net "none" is a new network namespace', { net: 'none' }, [{ type: 'network' }, { type: 'pid' }, { type: 'mount' }]],
  [
    'all can be new, in the order of the runtime specification',
    { net: 'new', ipc: 'new', uts: 'new', pid: 'new', userns: 'new' },
    ['network', 'ipc', 'uts', 'pid', 'user', 'mount'].map((type) => ({ type })),
  ],
  [
    'anything else is the path of a namespace',
    { net: '/run/netns/a', pid: '/proc/1/ns/pid' },
    [{ type: 'network', path: '/run/netns/a' }, { type: 'pid', path: '/proc/1/ns/pid' }, { type: 'mount' }],
  ],
])('%s', (_title, settings, expected) => {
  expect(namespaces(settings)).toEqual(expected);
});

const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

test('a new user namespace has the mappings of users and groups', () => {
  const settings = { userns: 'new', uidMappings: ids, gidMappings: ids };
  expect(idMappings(settings)).toEqual({ uidMappings: ids, gidMappings: ids });
});

test.each([{}, { userns: 'host' }, { userns: '/run/userns/a' }, { uidMappings: [], gidMappings: [] }])(
  '%j has no mappings',
  (settings) => {
    expect(idMappings(settings)).toEqual({});
  },
);

test.each([
  [{ userns: 'new' }, 'userns "new": expected uidMappings and gidMappings, found no uidMappings and no gidMappings'],
  [
    { userns: 'new', uidMappings: ids },
    'userns "new": expected uidMappings and gidMappings, found no gidMappings',
    'add `gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }]` to this entry',
  ],
  [
    { gidMappings: ids },
    "gidMappings: expected a user namespace of its own, found the host's",
    'add `userns: new` to this entry',
  ],
])('%j is an error that says what to add', (settings, message, hint: unknown = expect.any(String)) => {
  expect(() => idMappings(settings)).toThrow(expect.objectContaining({ message, hint }));
});
