// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { createConsole } from '../../../../init/supervise/console.ts';
import { lastLines, openLog } from '../../../../init/supervise/log.ts';
import { createLoop } from '../../../../init/supervise/loop.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

const path = '/var/log/web.log';

function setUp(echo = false) {
  const fake = new FakeSys();
  fake.files.set('/dev/console', '');
  const { sys } = fake;
  const console = createConsole(sys, sys.openat(-100, '/dev/console', 1, 0));
  const loop = createLoop(sys);
  const before = fake.openDescriptors.length;
  const log = openLog(sys, loop, console, { name: 'web', path, echo });
  const print = (text: string): void => {
    sys.write(log.writer, sys.encodeUtf8(text));
  };
  return { fake, loop, log, print, before };
}

describe('a log', () => {
  test('keeps what the container writes, and leaves no descriptor behind', () => {
    const { fake, loop, log, print, before } = setUp();
    print('one\n');
    loop.turn();
    print('two');
    log.close();
    expect(fake.files.get(path)).toBe('one\ntwo');
    expect(fake.openDescriptors).toHaveLength(before);
    expect(fake.console).toBe('');
  });

  test('ends by itself when the last writer closes', () => {
    const { fake, loop, log, print, before } = setUp();
    print('last words');
    log.closeWriter();
    loop.turn();
    loop.turn();
    log.close();
    expect(fake.files.get(path)).toBe('last words');
    expect(fake.openDescriptors).toHaveLength(before);
  });

  test('starts anew at 1 MiB and keeps one older file', () => {
    const { fake, loop, print } = setUp();
    for (const letter of ['a', 'b', 'c']) {
      for (let i = 0; i < 16; i += 1) {
        print(letter.repeat(64 * 1024));
        loop.turn();
      }
    }
    expect(fake.files.get(`${path}.1`)).toBe('b'.repeat(1024 * 1024));
    expect(fake.files.get(path)).toBe('c'.repeat(1024 * 1024));
    expect([...fake.files.keys()].filter((file) => file.startsWith('/var/log'))).toHaveLength(2);
  });

  test('goes on in a new file when a container that has /var removed the full one', () => {
    const { fake, loop, print } = setUp();
    for (let i = 0; i < 16; i += 1) {
      print('a'.repeat(64 * 1024));
      loop.turn();
    }
    fake.files.delete(path);
    for (const text of ['one\n', 'two\n']) {
      print(text);
      loop.turn();
    }
    expect(fake.files.get(path)).toBe('one\ntwo\n');
  });

  test('goes to the console too when asked, line by line, with an unfinished last line', () => {
    const { fake, loop, log, print } = setUp(true);
    print('one\ntw');
    loop.turn();
    expect(fake.console).toBe('web: one\n');
    print('o');
    log.close();
    expect(fake.console).toBe('web: one\nweb: two\n');
  });

  test('loses what its file cannot take, and the container goes on', () => {
    const { fake, loop, log, print } = setUp();
    fake.fail(`write ${path}`, 'ENOSPC');
    print('one\n');
    expect(() => loop.turn()).not.toThrow();
    log.close();
    expect(fake.files.get(path)).toBe('');
  });
});

describe('lastLines', () => {
  test.each([
    ['one\ntwo\nthree\n', 'two\nthree'],
    ['one', 'one'],
    ['', ''],
  ])('of %j', (text, last) => {
    const fake = new FakeSys();
    fake.files.set(path, text);
    expect(lastLines(fake.sys, path, 2)).toBe(last);
  });

  test('of a log that was never written is empty', () => {
    expect(lastLines(new FakeSys().sys, path, 2)).toBe('');
  });
});
