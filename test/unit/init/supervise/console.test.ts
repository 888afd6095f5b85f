// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { createConsole, openConsole } from '../../../../init/supervise/console.ts';
import { createLoop } from '../../../../init/supervise/loop.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

function setUp() {
  const fake = new FakeSys();
  fake.files.set('/dev/console', '');
  return { fake, console: openConsole(fake.sys) };
}

describe('the console', () => {
  test('gives each line the time since the kernel started, and marks warnings', () => {
    const { fake, console } = setUp();
    fake.now = 1_234_567_890;
    console.line('one');
    fake.now = 123_456_789_000;
    console.warn('two');
    expect(fake.console).toBe('[  1.235] one\n[123.457] *** two\n');
  });

  test('puts the name before each line of a container', () => {
    const { fake, console } = setUp();
    console.copy('web', 'a\nb');
    expect(fake.console).toBe('web: a\nweb: b\n');
  });

  test('never waits for a slow console: what it does not take comes later, in order', () => {
    const { fake, console } = setUp();
    const loop = createLoop(fake.sys);
    fake.consoleRoom = 10;
    console.line('one');
    console.attach(loop);
    console.line('two');
    expect(fake.console).toBe('[  1.000] ');
    fake.consoleRoom = Infinity;
    loop.turn();
    expect(fake.console).toBe('[  1.000] one\n[  1.000] two\n');
    expect(() => loop.turn()).toThrow('wait forever');
  });

  test('says how much output of containers it left out while it was behind, and keeps our own lines', () => {
    const { fake, console } = setUp();
    const loop = createLoop(fake.sys);
    console.attach(loop);
    fake.consoleRoom = 0;
    expect(console.isBehind()).toBe(false);
    console.copy('web', 'x'.repeat(70_000));
    expect(console.isBehind()).toBe(true);
    console.leaveOut(5000);
    console.leaveOut(5000);
    console.line('ours');
    fake.consoleRoom = Infinity;
    loop.turn();
    expect(fake.console).toContain('x\n[  1.000] ours\n[  1.000] console: too slow, 10 KiB');
  });

  test('holds only so much for a console that takes nothing at all', () => {
    const { fake, console } = setUp();
    fake.consoleRoom = 0;
    for (let i = 0; i < 10; i += 1) console.screen(`${i}`.repeat(100_000));
    fake.consoleRoom = Infinity;
    console.drain(1);
    expect(fake.console).toBe('0'.repeat(100_000) + '1'.repeat(100_000));
  });

  test('drains for a limited time only', () => {
    const { fake, console } = setUp();
    fake.consoleRoom = 0;
    console.line('lost');
    const before = fake.now;
    console.drain(1);
    expect((fake.now - before) / 1e9).toBeCloseTo(1, 1);
  });

  test('goes on when the console fails', () => {
    const { fake, console } = setUp();
    fake.fail('write /dev/console', 'EIO');
    console.line('lost');
    expect(fake.console).toBe('');
  });

  test('is the kernel log where there is no console', () => {
    const fake = new FakeSys();
    fake.files.set('/dev/kmsg', '');
    openConsole(fake.sys).line('one');
    expect(fake.files.get('/dev/kmsg')).toContain('one');
    expect(() => createConsole(fake.sys, 99).line('nowhere')).not.toThrow();
  });
});
