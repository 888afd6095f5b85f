// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { contentOf, setUpLog } from './set-up.ts';

describe('a log in memory', () => {
  test('keeps the last bytes, from a whole line on', () => {
    const { fake, print, log } = setUpLog({ driver: 'memory', maxSize: 64 });
    for (let count = 0; count < 100; count += 1) print(`line ${count}\n`);
    expect(contentOf(log)).toBe('line 93\nline 94\nline 95\nline 96\nline 97\nline 98\nline 99\n');
    expect([...fake.files.keys()].filter((file) => file.startsWith('/var'))).toEqual([]);
  });

  test('takes a portion that is larger than itself', () => {
    const { print, log } = setUpLog({ driver: 'memory', maxSize: 20 });
    print(`${'x'.repeat(1000)}\nend\n`);
    expect(contentOf(log)).toBe('end\n');
  });

  test('survives the run that wrote it', () => {
    const { print, log, run } = setUpLog({ driver: 'memory', maxSize: 100 });
    print('the first run\n');
    run.close();
    log.open().close();
    expect(log.lastLines(5)).toBe('the first run');
    expect(log.place).toBe('in memory: tsctl logs web');
  });
});

describe('reading a log', () => {
  test.each([
    ['one\ntwo\nthree\n', 'two\nthree'],
    ['one', 'one'],
    ['\n', ''],
  ])('gives the last lines of %j', (text, last) => {
    const { log, print } = setUpLog();
    print(text);
    expect(log.lastLines(2)).toBe(last);
  });

  test('gives no lines of one that nobody wrote', () => {
    expect(setUpLog().log.lastLines(2)).toBe('');
  });

  test('begins a last line that is long in the middle of nothing else', () => {
    const { log, print } = setUpLog();
    print(`${'x'.repeat(20_000)}\nend\n`);
    expect(log.lastLines(2)).toBe('end');
  });

  test('since some time begins with the first line that came then', () => {
    const { log, print, pass, fake } = setUpLog();
    const now = (): number => fake.now / 1e9;
    print('early\n');
    pass(100);
    print('begun ');
    pass(10);
    const since = now();
    print('and ended\nlate\n');
    pass(100);
    expect(contentOf(log, since)).toBe('late\n');
    expect(contentOf(log, since - 10)).toBe('begun and ended\nlate\n');
    expect(contentOf(log, now())).toBe('');
    expect(contentOf(log)).toBe('early\nbegun and ended\nlate\n');
  });

  test('since some time long ago is coarser, but misses nothing', () => {
    const { log, print, pass, fake } = setUpLog();
    for (let count = 0; count < 2000; count += 1) {
      print(`${String(count).padStart(4, '0')}\n`);
      pass(2);
    }
    const beginning = contentOf(log, fake.now / 1e9 - 3000).slice(0, 4);
    expect(Number(beginning)).toBeLessThanOrEqual(500);
    expect(Number(beginning)).toBeGreaterThan(250);
    expect(contentOf(log, fake.now / 1e9 - 20).slice(0, 4)).toBe('1990');
  });

  test('can be told of what comes, until one has enough', () => {
    const { log, print } = setUpLog();
    let times = 0;
    const end = log.follow(() => (times += 1));
    print('one\n');
    print('two\n');
    end();
    print('three\n');
    expect(times).toBe(2);
  });
});

test('a log goes to the console too when asked, line by line, with an unfinished last line', () => {
  const { fake, print, run } = setUpLog({}, true);
  print('one\ntw');
  expect(fake.console).toBe('web: one\n');
  print('o');
  run.close();
  expect(fake.console).toBe('web: one\nweb: two\n');
});

describe('lines as JSON', () => {
  test('have time, stream and service', () => {
    const { print, run, log, fake } = setUpLog({ json: true });
    fake.now = Date.UTC(2026, 10, 30, 17, 0, 0, 250) * 1e6;
    print('good\n"quoted"\n', run.stdout);
    print('bad\n', run.stderr);
    print('unfinished', run.stderr);
    run.close();
    const lines = contentOf(log).trimEnd().split('\n');
    const time = '2026-11-30T17:00:00.250Z';
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { time, stream: 'stdout', service: 'web', text: 'good' },
      { time, stream: 'stdout', service: 'web', text: '"quoted"' },
      { time, stream: 'stderr', service: 'web', text: 'bad' },
      { time, stream: 'stderr', service: 'web', text: 'unfinished' },
    ]);
  });

  test('are whole lines of either stream, however the pieces come', () => {
    const { print, run, log } = setUpLog({ json: true });
    print('o', run.stdout);
    print('err', run.stderr);
    print('ut\n', run.stdout);
    print('or\n', run.stderr);
    expect(contentOf(log).match(/"text":"[a-z]*"/g)).toEqual(['"text":"out"', '"text":"error"']);
  });

  test('a log without JSON has one pipe, so that the order of the two streams stays', () => {
    const { run } = setUpLog();
    expect(run.stderr).toBe(run.stdout);
  });
});

describe('a limited rate', () => {
  const rate = { lines: 3, seconds: 10 };

  test('lets so many lines through and tells once how many it left out', () => {
    const { print, log, pass, fake } = setUpLog({ rate });
    print('1\n2\n');
    print('3\n4\n5\n');
    for (let count = 0; count < 50; count += 1) print('more\n');
    expect(contentOf(log)).toBe('1\n2\n3\n');
    pass(10);
    const told = 'tskit: 52 lines are left out here, more than 3 in 10 s\n';
    expect(contentOf(log)).toBe(`1\n2\n3\n${told}`);
    pass(60);
    print('again\n');
    expect(contentOf(log)).toBe(`1\n2\n3\n${told}again\n`);
    expect(fake.console).toBe('');
  });

  test('says nothing, and sets no timer, while it is kept', () => {
    const { print, log, pass } = setUpLog({ rate });
    for (let count = 0; count < 9; count += 1) {
      print(`${count}\n`);
      pass(4);
    }
    expect(contentOf(log)).toBe('0\n1\n2\n3\n4\n5\n6\n7\n8\n');
  });

  test('tells of what it left out when the run ends', () => {
    const { print, log, run } = setUpLog({ rate, json: true });
    print('1\n2\n3\n4\n');
    run.close();
    const last: unknown = JSON.parse(log.lastLines(1));
    expect(last).toMatchObject({ stream: 'tskit', text: '1 lines are left out here, more than 3 in 10 s' });
  });
});
