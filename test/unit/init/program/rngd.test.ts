// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { whyNotRandom } from '../../../../init/program/noise-health.ts';
import { rngd } from '../../../../init/program/rngd.ts';
import { FakeSys } from '../../../support/fake-sys.ts';
import { runOn } from '../../../support/run-program.ts';

/** 512 bytes without a pattern, the same at each call with the same number. */
function noise(seed: number): Buffer {
  const hashes = Array.from({ length: 16 }, (_, index) => createHash('sha256').update(`${seed}/${index}`).digest());
  return Buffer.concat(hashes);
}

function machineWith(...reads: readonly Uint8Array[]): FakeSys {
  const fake = new FakeSys();
  fake.files.set('/dev/random', '');
  fake.devices.set('/dev/hwrng', [...reads]);
  return fake;
}

/** RNDADDENTROPY with struct rand_pool_info: 4096 bits, 512 bytes, and these. */
const adds = (bytes: Buffer): string => `ioctlBytes /dev/random 40085203 0010000000020000${bytes.toString('hex')}`;

test('a block of the device is added to the pool, each byte as 8 bits of entropy', () => {
  const fake = machineWith(noise(1));
  expect(runOn(fake, rngd, '-1')).toEqual({ code: 0, stdout: 'rngd: added 512 bytes of /dev/hwrng\n', stderr: '' });
  expect(fake.calls).toEqual([adds(noise(1))]);
  expect(fake.openDescriptors).toEqual([]);
});

test('a device that gives a few bytes at a time is read until the block is full', () => {
  const fake = machineWith(noise(2).subarray(0, 32), noise(2).subarray(32, 33), noise(2).subarray(33));
  expect(runOn(fake, rngd, '--once').code).toBe(0);
  expect(fake.calls).toEqual([adds(noise(2))]);
});

test('bytes that repeat, or of which one comes too often, are told and not added', () => {
  const stuck = machineWith(Buffer.alloc(512, 7));
  expect(runOn(stuck, rngd, '-1')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^rngd: reading \/dev\/hwrng: expected random bytes, found the byte 7 6 times in a row\nhint: /,
    ),
  });
  expect(stuck.calls).toEqual([]);
  const biased = noise(3);
  for (let index = 0; index < 512; index += 28) biased[index] = 99;
  expect(whyNotRandom(biased)).toMatch(/^the byte 99 \d+ times in 512$/);
  expect(whyNotRandom(noise(3))).toBeUndefined();
});

test('a thousand blocks of a good source pass', () => {
  const flaws = Array.from({ length: 1000 }, (_, seed) => whyNotRandom(noise(seed)));
  expect(flaws.filter((flaw) => flaw !== undefined)).toEqual([]);
});

test.each([
  ['openat /dev/hwrng', 'ENODEV', /^rngd: reading \/dev\/hwrng: .*ENODEV\nhint: .*virtio-rng-pci/],
  ['openat /dev/hwrng', 'ENOENT', /^rngd: reading \/dev\/hwrng: .*ENOENT\nhint: .*`devices`/],
  [
    'ioctlBytes',
    'EPERM',
    /^rngd: adding to the kernel's pool \(RNDADDENTROPY\): .*EPERM\nhint: it needs CAP_SYS_ADMIN\n$/,
  ],
])('that %s fails with %s is told with what to do', (call, code, message) => {
  const fake = machineWith(noise(4));
  fake.fail(call, code);
  expect(runOn(fake, rngd, '-1')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) });
});

test('a source that has nothing yet is asked again, and one that has run dry is told of', () => {
  const slow = machineWith(noise(7));
  slow.fail('read', 'EAGAIN', 30);
  expect(runOn(slow, rngd, '-1').code).toBe(0);
  expect(slow.calls).toEqual([adds(noise(7))]);
  const dry = machineWith(noise(8));
  dry.fail('read', 'EAGAIN', 1_000_000);
  expect(runOn(dry, rngd, '-1')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'rngd: reading /dev/hwrng: expected 512 bytes within 10 s, found 0\n',
  });
});

test('a driver that comes late is waited for', () => {
  const fake = machineWith(noise(6));
  fake.fail('openat /dev/hwrng', 'ENODEV', 20);
  expect(runOn(fake, rngd, '-1').code).toBe(0);
  expect(fake.calls).toEqual([adds(noise(6))]);
});

test('a device that ends before the block is full is an error', () => {
  const fake = machineWith(noise(5).subarray(0, 100), Buffer.alloc(0));
  expect(runOn(fake, rngd, '-1').stderr).toBe('rngd: reading /dev/hwrng: expected 512 bytes, found 100\n');
});

test('an interval below a second is a wrong command line', () => {
  expect(runOn(machineWith(), rngd, '--interval', '0')).toMatchObject({ code: 2 });
});
