// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { homeIn, completeEnvironment } from '../../../../../init/container/process/environment.ts';
import { S_IFCHR, S_IFREG } from '../../../../../init/linux.ts';
import type { Sys } from '../../../../../init/sys.ts';
import { FakeSys } from '../../../../support/fake-sys.ts';

const passwd = 'root:x:0:0:root:/root:/bin/sh\n\nbroken\nweb:x:33:33::/var/www:/bin/sh\nnone:x:5:5:::\n';

test.each([
  [0, '/root'],
  [33, '/var/www'],
  [5, undefined],
  [99, undefined],
])('the home of user %i is %s', (uid, home) => {
  expect(homeIn(passwd, uid)).toBe(home);
});

function withPasswd(content: string): Sys {
  const { sys } = new FakeSys();
  const file = new Uint8Array(Buffer.from(content));
  return {
    decodeUtf8: sys.decodeUtf8,
    statx: () => ({ mode: S_IFREG, size: file.length }),
    openat: () => 3,
    close: () => undefined,
    read: (_fd: number, buffer: Uint8Array) => (buffer.set(file), file.length),
  } as unknown as Sys;
}

test('a device called /etc/passwd is not opened, because opening one may do something', () => {
  const opened: string[] = [];
  const sys = {
    statx: () => ({ mode: S_IFCHR | 0o666, size: 0 }),
    openat: (_dirfd: number, path: string) => opened.push(path),
    close: () => undefined,
  } as unknown as Sys;
  expect(completeEnvironment(sys, [], 0)).toEqual(['HOME=/']);
  expect(opened).toEqual([]);
});

test('of a name that is given twice the last value counts, where the first one stood', () => {
  expect(completeEnvironment(withPasswd(''), ['A=1', 'HOME=/h', 'A=2', 'B'], 0)).toEqual(['A=2', 'HOME=/h', 'B']);
});

test('an empty HOME is as good as none', () => {
  expect(completeEnvironment(withPasswd(passwd), ['HOME=', 'A=1'], 33)).toEqual(['HOME=/var/www', 'A=1']);
});
