// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { setHostname } from '../../../../init/boot/hostname.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

function withFiles(files: Readonly<Record<string, string>>): FakeSys {
  const fake = new FakeSys();
  for (const [path, text] of Object.entries(files)) fake.files.set(path, text);
  return fake;
}

const interfaces = {
  '/sys/class/net/eth1/type': '1\n',
  '/sys/class/net/eth1/address': '52:54:00:12:34:57\n',
  '/sys/class/net/eth0/type': '1\n',
  '/sys/class/net/eth0/address': '52:54:00:12:34:56\n',
  '/sys/class/net/bond0/type': '1\n',
  '/sys/class/net/bond0/address': '00:00:00:00:00:00\n',
  '/sys/class/net/lo/type': '772\n',
  '/sys/class/net/lo/address': '00:00:00:00:00:00\n',
};

test.each([
  ['the name in /etc/hostname', { '/etc/hostname': 'web-1\n', ...interfaces }, 'web-1'],
  ['its first line that says something', { '/etc/hostname': '# our name\n\n  web-2 \nother\n' }, 'web-2'],
  ['no more than the kernel takes', { '/etc/hostname': 'x'.repeat(80) }, 'x'.repeat(64)],
  ['the first Ethernet address without such a file', interfaces, 'tskit-525400123456'],
  ['the address when the file is empty', { '/etc/hostname': '\n', ...interfaces }, 'tskit-525400123456'],
  ['a plain name without a network', {}, 'tskit'],
])('the host name is %s', (_, files, name) => {
  const fake = withFiles(files);
  expect(setHostname(fake.sys)).toBe(name);
  expect(fake.calls).toEqual([`sethostname ${name}`]);
});
