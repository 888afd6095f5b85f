// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { withOptionMappings } from '../../../../../init/container/root/id-map-option.ts';
import type { Mount } from '../../../../../init/contract/runtime-config.ts';

const mount: Mount = { destination: '/x', source: '/a', options: ['ro', 'idmap=uids=0-1-10#10-11-5;gids=0-100-10'] };

test('the mappings of the option become those of the mount', () => {
  expect(withOptionMappings(mount, {})).toEqual({
    ...mount,
    options: ['ro', 'idmap'],
    uidMappings: [
      { containerID: 0, hostID: 1, size: 10 },
      { containerID: 10, hostID: 11, size: 5 },
    ],
    gidMappings: [{ containerID: 0, hostID: 100, size: 10 }],
  });
  expect(withOptionMappings({ ...mount, options: ['ridmap=uids=0-1-1;gids=0-1-1'] }, {}).options).toEqual(['ridmap']);
});

test('a mount without the option stays as it is', () => {
  const plain = { ...mount, options: ['idmap'] };
  expect(withOptionMappings(plain, {})).toBe(plain);
});

test('a mapping that begins with @ counts in ids of the container', () => {
  const own = {
    uidMappings: [
      { containerID: 0, hostID: 0, size: 1 },
      { containerID: 1, hostID: 2, size: 1000 },
    ],
    gidMappings: [{ containerID: 0, hostID: 5000, size: 10 }],
  };
  const relative = { ...mount, options: ['idmap=uids=@1-3-10;gids=@0-2-1'] };
  expect(withOptionMappings(relative, own)).toMatchObject({
    uidMappings: [{ containerID: 1, hostID: 4, size: 10 }],
    gidMappings: [{ containerID: 0, hostID: 5002, size: 1 }],
  });
  expect(() => withOptionMappings(relative, {})).toThrow('expected an id of the container after "@", found 3');
});

test.each([
  ['uids=0-1;gids=0-0-1', 'idmap: expected ID-ID-COUNT for uids and for gids, found "0-1"'],
  ['uids=0-0-1', 'idmap: expected ID-ID-COUNT for uids and for gids, found ""'],
  ['users=0-0-1', 'idmap: expected uids or gids, found "users"'],
  ['uids=0-0-99999999999;gids=0-0-1', 'found "0-0-99999999999"'],
])('%j is refused', (value, message) => {
  expect(() => withOptionMappings({ ...mount, options: [`idmap=${value}`] }, {})).toThrow(message);
});
