// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { makeModuleNodes } from '../../../../init/boot/device-nodes.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

const list = `# Device nodes to trigger on-demand module loading.
fuse fuse c10:229
tun net/tun c10:200
loop loop-control c10:237
mspec odd b44:0
`;

function withList(text: string | undefined): FakeSys {
  const fake = new FakeSys();
  fake.folders.add('/dev');
  fake.files.set('/proc/sys/kernel/osrelease', '6.1.0-test\n');
  if (text !== undefined) fake.files.set('/lib/modules/6.1.0-test/modules.devname', text);
  return fake;
}

test('each module that is loaded by its node has that node, with the folder above it', () => {
  const fake = withList(list);
  makeModuleNodes(fake.sys);
  expect(fake.calls.filter((call) => /^(mknodat|mkdirat)/.test(call))).toEqual([
    'mknodat /dev/fuse 20666 10 229',
    'mkdirat /dev/net',
    'mknodat /dev/net/tun 20666 10 200',
    'mknodat /dev/loop-control 20600 10 237',
    'mknodat /dev/odd 60600 44 0',
  ]);
});

test('a node that is there stays as it is', () => {
  const fake = withList('fuse fuse c10:229\n');
  fake.fail('mknodat /dev/fuse', 'EEXIST');
  makeModuleNodes(fake.sys);
  expect(fake.calls.filter((call) => call.startsWith('fchmodat'))).toEqual([]);
});

test('a system without modules has none to make', () => {
  const fake = withList(undefined);
  makeModuleNodes(fake.sys);
  expect(fake.calls).toEqual([]);
});
