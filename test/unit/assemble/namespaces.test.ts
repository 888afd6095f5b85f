// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { namespaces } from '../../../src/assemble/namespaces.ts';

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
