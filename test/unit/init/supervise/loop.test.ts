// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { EPOLLIN } from '../../../../init/linux.ts';
import { createLoop } from '../../../../init/supervise/loop.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the loop', () => {
  test('calls timers in the order of their time, and not those that were cancelled', () => {
    const fake = new FakeSys();
    const loop = createLoop(fake.sys);
    const called: string[] = [];
    const start = fake.now;
    loop.after(2, () => called.push(`two at ${(fake.now - start) / 1e9}`));
    const cancel = loop.after(1.5, () => called.push('cancelled'));
    loop.after(1, () => called.push(`one at ${(fake.now - start) / 1e9}`));
    cancel();
    while (called.length < 2) loop.turn();
    expect(called).toEqual(['one at 1', 'two at 2']);
    expect(() => loop.turn()).toThrow('wait forever');
  });

  test('lets a timer set another, and one cancel another that is due as well', () => {
    const fake = new FakeSys();
    const loop = createLoop(fake.sys);
    const called: string[] = [];
    loop.after(1, () => {
      called.push('first');
      cancel();
      loop.after(1, () => called.push('second'));
    });
    const cancel = loop.after(1, () => called.push('cancelled'));
    while (!called.includes('second')) loop.turn();
    expect(called).toEqual(['first', 'second']);
  });

  test('waits for ever for a timer of an absurd time, and calls the others', () => {
    const fake = new FakeSys();
    const loop = createLoop(fake.sys);
    const called: string[] = [];
    loop.after(1e30, () => called.push('never'));
    loop.after(Infinity, () => called.push('never'));
    loop.after(1, () => called.push('one'));
    loop.turn();
    loop.turn();
    loop.after(1, () => called.push('another'));
    loop.turn();
    expect(called).toEqual(['one', 'another']);
  });

  test('leaves a timer that is due at once to the next turn, so that descriptors have theirs', () => {
    const fake = new FakeSys();
    const loop = createLoop(fake.sys);
    let called = 0;
    const again = (): void => {
      called += 1;
      if (called < 5) loop.after(0, again);
    };
    loop.after(0, again);
    loop.turn();
    expect(called).toBe(1);
    loop.turn();
    expect(called).toBe(2);
  });

  test('calls as long as a descriptor is ready, until it is given up', () => {
    const fake = new FakeSys();
    const loop = createLoop(fake.sys);
    const fd = fake.queue([bytes('a'), bytes('b')]);
    const read: number[] = [];
    loop.watch(fd, EPOLLIN, (events) => {
      expect(events & EPOLLIN).toBe(EPOLLIN);
      read.push(fake.sys.read(fd, new Uint8Array(8)));
    });
    loop.turn();
    loop.turn();
    expect(read).toEqual([1, 1]);
    loop.unwatch(fd);
    expect(() => loop.turn()).toThrow('wait forever');
  });

  test('drops an event of a descriptor that another one gave up in the same turn', () => {
    const fake = new FakeSys();
    const loop = createLoop(fake.sys);
    const first = fake.queue([bytes('a')]);
    const second = fake.queue([bytes('b')]);
    const called: string[] = [];
    loop.watch(first, EPOLLIN, () => {
      called.push('first');
      fake.sys.read(first, new Uint8Array(8));
      loop.unwatch(second);
      fake.sys.close(second);
      // The number is given out again at once.
      const reused = fake.queue([]);
      expect(reused).toBe(second);
      loop.watch(reused, EPOLLIN, () => called.push('reused'));
    });
    loop.watch(second, EPOLLIN, () => called.push('second'));
    loop.turn();
    expect(called).toEqual(['first']);
  });
});
