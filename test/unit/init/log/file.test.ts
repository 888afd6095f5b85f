// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { contentOf, setUpLog } from './set-up.ts';

const path = '/var/log/web.log';
const kibibyte = 1024;

describe('a log in a file', () => {
  test('keeps what the container writes, and leaves no descriptor behind', () => {
    const { fake, log, run, print, before } = setUpLog();
    print('one\n');
    print('two');
    run.close();
    expect(fake.files.get(path)).toBe('one\ntwo');
    expect(log.place).toBe(path);
    expect(fake.openDescriptors).toHaveLength(before);
    expect(fake.console).toBe('');
  });

  test('leaves no descriptor behind on a file system that tells nothing of its size', () => {
    const { fake, run, print, before } = setUpLog();
    fake.fail('fstatfs', 'EIO');
    print('one\n');
    run.close();
    expect(fake.openDescriptors).toHaveLength(before);
    expect(fake.files.get(path)).toBe('one\n');
  });

  test('is never written or read through a link that a container put in its place', () => {
    const { fake, log, run, print } = setUpLog({ maxSize: 100, maxFiles: 2 });
    fake.links.set(path, '/etc/shadow');
    fake.files.set('/etc/shadow', 'secret\n');
    print('one\n');
    fake.links.set(`${path}.1`, '/etc/shadow');
    expect(contentOf(log)).toBe('one\n');
    run.close();
    fake.files.delete(path);
    fake.links.set(path, '/etc/shadow');
    log.open();
    expect(log.lastLines(3)).not.toContain('secret');
    expect(fake.files.get('/etc/shadow')).toBe('secret\n');
  });

  test('begins a new line with each run', () => {
    const { fake, sys, loop, log, run, print } = setUpLog();
    print('killed while it wrote');
    run.close();
    const next = log.open();
    sys.write(next.stdout, sys.encodeUtf8('started again\n'));
    loop.turn();
    next.close();
    log.open().close();
    expect(fake.files.get(path)).toBe('killed while it wrote\nstarted again\n');
  });

  test('ends by itself when the last writer closes', () => {
    const { fake, loop, run, print, before } = setUpLog();
    print('last words');
    run.closeWriters();
    loop.turn();
    run.close();
    expect(fake.files.get(path)).toBe('last words');
    expect(fake.openDescriptors).toHaveLength(before);
  });

  test('takes what is still in the pipe when the container has ended, up to twice what that holds', () => {
    const { fake, sys, run } = setUpLog({ maxSize: 1024 * kibibyte });
    for (let count = 0; count < 6; count += 1) sys.write(run.stdout, new Uint8Array(50 * kibibyte));
    run.close();
    expect(fake.files.get(path)).toHaveLength(128 * kibibyte);
  });

  test('goes through the files that it may have, each of which begins with a line', () => {
    const { fake, print, log } = setUpLog({ maxSize: 100, maxFiles: 3 });
    const lines = Array.from({ length: 60 }, (_, index) => `line ${String(index).padStart(3, '0')}\n`);
    for (let at = 0; at < lines.length; at += 5) print(lines.slice(at, at + 5).join(''));
    const kept = [`${path}.2`, `${path}.1`, path].map((name) => fake.files.get(name) ?? '');
    for (const content of kept) {
      expect(content).toMatch(/^(line \d{3}\n)+$/);
      expect(content.length).toBeLessThanOrEqual(100);
    }
    expect(lines.join('').endsWith(kept.join(''))).toBe(true);
    expect(kept.join('').length).toBeGreaterThan(200);
    expect([...fake.files.keys()].filter((file) => file.startsWith('/var/log'))).toHaveLength(3);
    expect(contentOf(log)).toBe(kept.join(''));
  });

  test('begins each file with a line, also where what was read last filled the one before with half of one', () => {
    const { fake, print } = setUpLog({ maxSize: 100, maxFiles: 3 });
    const half = `${'a line\n'.repeat(14)}a `;
    expect(half).toHaveLength(100);
    print(half);
    print('line\nlast\n');
    expect(fake.files.get(`${path}.1`)).toBe('a line\n'.repeat(14));
    expect(fake.files.get(path)).toBe('a line\nlast\n');
  });

  test('that may be one file only starts anew', () => {
    const { fake, print } = setUpLog({ maxSize: 10, maxFiles: 1 });
    for (const line of ['1234567\n', 'abcdefg\n', 'ABCDEFG\n']) print(line);
    expect(fake.files.get(path)).toBe('ABCDEFG\n');
    expect([...fake.files.keys()].filter((file) => file.startsWith('/var/log'))).toHaveLength(1);
  });

  test('goes on after what an earlier run or another boot left', () => {
    const { fake, logs, service, sys, loop } = setUpLog({ maxSize: 20 });
    fake.files.set('/var/log/old.log.1', 'first\n');
    fake.files.set('/var/log/old.log', 'second, long\n');
    const log = logs.of('services', service('old'));
    const run = log.open();
    sys.write(run.stdout, sys.encodeUtf8('third, long\n'));
    loop.turn();
    run.close();
    expect(fake.files.get('/var/log/old.log.1')).toBe('second, long\n');
    expect(contentOf(log)).toBe('second, long\nthird, long\n');
  });

  test('goes on in a new file when a container that has /var removed the full one', () => {
    const { fake, print } = setUpLog({ maxSize: 10 });
    print('12345678\n');
    fake.files.delete(path);
    print('one\n');
    print('two\n');
    expect(fake.files.get(path)).toBe('one\ntwo\n');
  });

  test('can be read on while it is written and goes through its files, and a reader that is too slow misses some', () => {
    const { print, log } = setUpLog({ maxSize: 30, maxFiles: 2 });
    print('one\n');
    const first = log.read(log.start());
    expect(Buffer.from(first.bytes).toString()).toBe('one\n');
    print('two, which is long enough\n');
    print('three, which is long too\n');
    expect(Buffer.from(log.read(first.next).bytes).toString()).toBe('two, which is long enough\n');
    print('four, which is long, too\n');
    expect(Buffer.from(log.read(first.next).bytes).toString()).toBe('three, which is long too\n');
  });

  test('that cannot be written loses lines, goes on, and says once how many and why', () => {
    const { fake, print, pass, run } = setUpLog();
    print('one\n');
    print('begun');
    fake.fail(`write ${path}`, 'ENOSPC', 4);
    for (let count = 0; count < 4; count += 1) print('a line\nanother\n');
    print('two\nthree');
    expect(fake.console).toBe('');
    pass(5);
    const told = `8 lines are lost: write ${path}: ENOSPC\n`;
    expect(fake.console).toMatch(new RegExp(`^\\[.*\\] \\*\\*\\* log of web: ${told}$`));
    expect(fake.files.get(path)).toBe(`one\nbeguntwo\nthree\ntskit: ${told}`);
    print('four\n');
    pass(100);
    run.close();
    expect(fake.console.match(/lost/g)).toHaveLength(1);
  });
});

describe('all logs together', () => {
  test('take a quarter of the file system, and it is the largest that gives up its oldest file', () => {
    const { fake, logs, service, sys, loop, print, log } = setUpLog({ maxSize: 1000, maxFiles: 100 });
    fake.diskSize = 8000;
    const quiet = logs.of('services', service('quiet')).open();
    sys.write(quiet.stdout, sys.encodeUtf8('I said it once\n'));
    loop.turn();
    for (let count = 0; count < 400; count += 1) print(`${'x'.repeat(49)}\n`);
    const sizes = [...fake.files].filter(([name]) => name.startsWith('/var/log/web')).map(([, text]) => text.length);
    expect(fake.files.get('/var/log/quiet.log')).toBe('I said it once\n');
    const total = sizes.reduce((sum, size) => sum + size, 15);
    expect(total).toBeLessThanOrEqual(2000);
    expect(total).toBeGreaterThan(1400);
    expect(contentOf(log)).toHaveLength(total - 15);
  });

  test('start anew where not even one small file each is left', () => {
    const { fake, print } = setUpLog({ maxSize: 1000, maxFiles: 1 });
    fake.diskSize = 400;
    for (let count = 0; count < 40; count += 1) print(`${'x'.repeat(9)}\n`);
    expect(fake.files.get(path)?.length ?? 0).toBeLessThanOrEqual(100);
  });
});
