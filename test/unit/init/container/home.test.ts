// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { homeIn, withHome } from '../../../../init/container/home.ts';
import { S_IFCHR } from '../../../../init/linux.ts';
import type { Sys } from '../../../../init/sys.ts';

const passwd = 'root:x:0:0:root:/root:/bin/sh\n\nbroken\nweb:x:33:33::/var/www:/bin/sh\nnone:x:5:5:::\n';

test.each([
  [0, '/root'],
  [33, '/var/www'],
  [5, undefined],
  [99, undefined],
])('the home of user %i is %s', (uid, home) => {
  expect(homeIn(passwd, uid)).toBe(home);
});

test('a device called /etc/passwd is not opened, because opening one may do something', () => {
  const opened: string[] = [];
  const sys = {
    statx: () => ({ mode: S_IFCHR | 0o666, size: 0 }),
    openat: (_dirfd: number, path: string) => opened.push(path),
    close: () => undefined,
  } as unknown as Sys;
  expect(withHome(sys, [], 0)).toEqual(['HOME=/']);
  expect(opened).toEqual([]);
});
