// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { contentOf, setUpLog } from './set-up.ts';

describe('a log that goes to the kernel', () => {
  function setUp() {
    const all = setUpLog({ driver: 'kmsg' });
    all.fake.files.set('/dev/kmsg', '');
    all.fake.files.set('/proc/sys/kernel/printk_devkmsg', '');
    return all;
  }

  test('has the name before each line, and the kernel takes more than ten in five seconds', () => {
    const { fake, print, log } = setUp();
    print('one\ntwo\n');
    expect(fake.files.get('/dev/kmsg')).toBe('<30>web: one<30>web: two');
    expect(fake.files.get('/proc/sys/kernel/printk_devkmsg')).toBe('on\n');
    expect(log.lastLines(1)).toBe('two');
  });

  test('has a long line in parts that fit, none of which is lost', () => {
    const { fake, print } = setUp();
    print(`${'ä'.repeat(2000)}\n`);
    const parts = (fake.files.get('/dev/kmsg') ?? '').split('<30>web: ').slice(1);
    expect(parts.join('')).toBe('ä'.repeat(2000));
    expect(Math.max(...parts.map((part) => Buffer.byteLength(part)))).toBeLessThanOrEqual(900);
  });

  test('is limited, since the kernel writes it to slow consoles', () => {
    const { fake, print, pass } = setUp();
    for (let count = 0; count < 500; count += 1) print('line\n');
    expect(fake.files.get('/dev/kmsg')?.split('<30>')).toHaveLength(101);
    pass(1);
    expect(fake.files.get('/dev/kmsg')).toContain('<30>web: tskit: 400 lines are left out here, more than 100 in 1 s');
  });

  test('is lost where there is none, loudly', () => {
    const { fake, print, pass } = setUp();
    fake.files.delete('/dev/kmsg');
    print('one\n');
    pass(5);
    expect(fake.console).toMatch(/\*\*\* log of web: 1 lines are lost: openat \/dev\/kmsg: ENOENT/);
  });
});

describe('a log that goes to a syslog server', () => {
  const plan = { driver: 'syslog', address: '10.0.0.1', port: 5514 } as const;

  test('is a datagram of RFC 5424 for each line', () => {
    const { fake, print, log } = setUpLog(plan);
    fake.now = Date.UTC(2026, 10, 30, 17, 0, 0, 250) * 1e6;
    print('one\ntwo\n');
    expect(fake.calls).toEqual([
      'connect 10.0.0.1 5514',
      'sendmsg <30>1 2026-11-30T17:00:00.250Z box web - - - one',
      'sendmsg <30>1 2026-11-30T17:00:00.250Z box web - - - two',
    ]);
    expect(contentOf(log)).toBe('one\ntwo\n');
    expect(log.place).toBe('at syslog 10.0.0.1 port 5514');
  });

  test('counts what is lost while there is no network, and goes on by itself when there is', () => {
    const { fake, print, pass, before, run } = setUpLog(plan);
    fake.fail('connect', 'ENETUNREACH', 3);
    for (let count = 0; count < 4; count += 1) print('line\n');
    pass(5);
    expect(fake.console).toMatch(/\*\*\* log of web: 3 lines are lost: connect 10.0.0.1 5514: ENETUNREACH\n/);
    expect(fake.calls.filter((call) => call.startsWith('sendmsg')).map((call) => call.split('- - - ')[1])).toEqual([
      'line',
      'tskit: 3 lines are lost: connect 10.0.0.1 5514: ENETUNREACH',
    ]);
    run.close();
    // Its socket and its ring.
    expect(fake.openDescriptors).toHaveLength(before + 2);
  });

  test('never waits: what the network does not take at once is lost', () => {
    const { fake, print, pass } = setUpLog(plan);
    fake.fail('sendmsg', 'EAGAIN', 2);
    for (let count = 0; count < 3; count += 1) print('line\n');
    pass(5);
    expect(fake.console).toContain('2 lines are lost');
    expect(fake.calls.filter((call) => call.startsWith('connect'))).toHaveLength(1);
  });
});
