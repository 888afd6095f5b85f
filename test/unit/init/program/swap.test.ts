// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { swap } from '../../../../init/program/swap.ts';
import { FakeSys } from '../../../support/fake-sys.ts';
import { runOn } from '../../../support/run-program.ts';

const mounts = '20 1 8:1 / /var/disk rw - ext4 /dev/vda1 rw\n';

function machine(): FakeSys {
  const fake = new FakeSys();
  fake.folders.add('/var/disk');
  fake.diskSize = 1024 ** 3;
  fake.files.set('/proc/self/mountinfo', mounts);
  return fake;
}

const wish = ['--path', '/var/disk/swap', '--size', '1M'];

test.each([
  [['--path', '/etc/swap', '--size', '1M'], 'a file below /var'],
  [['--path', '/var/../etc/swap', '--size', '1M'], 'without ".."'],
  [['--path', '/var/disk/swap'], 'a size such as 512M or 2G, found ""'],
  [['--path', '/var/disk/swap', '--size', '01M'], 'a size such as 512M or 2G, found "01M"'],
  [['--path', '/var/disk/swap', '--size', '8K'], '--size of at least 40K, found "8K"'],
  [[...wish, '--condition', 'what:/var'], 'a condition part:FOLDER or partsize:FOLDER:SIZE, found "what:/var"'],
  [[...wish, '--condition', 'partsize:/var'], 'found "partsize:/var"'],
])('%j is refused', (words, said) => {
  expect(runOn(machine(), swap, ...words)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
});

test('where a condition does not hold nothing is made, and with "true" that is an error', () => {
  for (const [condition, why] of [
    ['part:/var/other', 'nothing is mounted on /var/other'],
    ['partsize:/var/disk:2G', 'expected 2G on /var/disk, found 1073741824 bytes'],
  ] as const) {
    const fake = machine();
    expect(runOn(fake, swap, ...wish, '--condition', condition)).toEqual({
      code: 0,
      stdout: `swap: none is made: ${why}\n`,
      stderr: '',
    });
    expect(fake.files.has('/var/disk/swap')).toBe(false);
    expect(runOn(machine(), swap, ...wish, '--condition', `${condition}:true`)).toMatchObject({
      code: 1,
      stderr: `swap: ${why}\n`,
    });
  }
});

test('a file in memory is no swap space', () => {
  // The fake's files are on a tmpfs unless it says otherwise.
  expect(runOn(machine(), swap, ...wish, '--condition', 'part:/var/disk')).toMatchObject({
    code: 1,
    stderr: 'swap: expected /var/disk/swap on a disk, found it in memory\nhint: mount a file system there before\n',
  });
});
