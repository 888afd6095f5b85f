// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test, vi } from 'vitest';
import { formatBytes } from '../../src/amounts.ts';
import { createReporter } from '../../src/progress.ts';
import type { Terminal } from '../../src/progress/terminal.ts';

function terminal(isTTY: boolean): Terminal & { columns: number; rows: number; text: string } {
  return {
    isTTY,
    columns: 60,
    rows: 6,
    text: '',
    write(text: string) {
      this.text += text;
    },
  };
}

test('away from a terminal each finished task is one plain line', () => {
  const out = terminal(false);
  const reporter = createReporter(out, {});
  const task = reporter.task('pulling layer', 2_000_000);
  task.advance(1_500_000);
  task.advance(500_000);
  task.done();
  reporter.warn('something');
  expect(out.text).toBe('pulling layer (2.0 MB)\nwarning: something\n');
});

test('on a terminal a running task is redrawn in place and its end leaves one line', () => {
  const out = terminal(true);
  let clock = 1000;
  const reporter = createReporter(out, { NO_COLOR: '1' }, () => clock);
  const task = reporter.task('pulling', 100);
  clock += 200;
  task.advance(50);
  expect(out.text).toContain('50 B of 100 B ██████░░░░░░');
  task.done();
  reporter.settle();
  expect(out.text.endsWith('✓ pulling (50 B)\n')).toBe(true);
  expect(out.text).not.toContain('\u001b[32m');
});

test('no drawn line is wider than the terminal', () => {
  const out = terminal(true);
  const reporter = createReporter(out, {}, () => 1e12);
  reporter.task('x'.repeat(500), 1e12).advance(1);
  for (const line of out.text.split('\n')) expect(line.length).toBeLessThan(60);
});

test('a block is never higher than the terminal, and says how much more there is', () => {
  const out = terminal(true);
  let clock = 1000;
  const reporter = createReporter(out, {}, () => clock);
  for (let index = 0; index < 20; index++) reporter.task(`task ${index}`);
  out.text = '';
  clock += 200;
  reporter.task('last');
  expect(out.text.split('\n').slice(0, -1)).toHaveLength(5);
  expect(out.text).toMatch(/ {2}task 3\n {2}… and 17 more\n$/);
});

test('a task that never advances is drawn too, a moment later', () => {
  vi.useFakeTimers();
  try {
    const out = terminal(true);
    const reporter = createReporter(out, {});
    reporter.task('first');
    reporter.task('second');
    expect(out.text).not.toContain('second');
    vi.advanceTimersByTime(200);
    expect(out.text).toContain('  second\n');
    reporter.settle();
  } finally {
    vi.useRealTimers();
  }
});

test.each([true, false])('names from strangers do not command the terminal (terminal: %s)', (isTTY) => {
  const out = terminal(isTTY);
  const reporter = createReporter(out, { NO_COLOR: '1' });
  const task = reporter.task('image\u001b]0;title\u0007\nsecond line');
  task.detail('\u001b[2J');
  task.done();
  reporter.note('note\r\u009b');
  reporter.warn('warning\u001bc');
  expect(out.text.replaceAll(/\u001b\[\d+A\u001b\[0J/g, '')).toMatch(/^[\P{Cc}\n]*$/u);
  expect(out.text).toContain('image\\u001b]0;title\\u0007\\nsecond line');
});

test('a terminal that cannot move its cursor is given plain lines', () => {
  const out = terminal(true);
  const reporter = createReporter(out, { TERM: 'dumb' });
  reporter.task('a').done();
  expect(out.text).toBe('a\n');
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [999_999, '1.0 MB'],
  [123_456_789, '123 MB'],
])('%d bytes read "%s"', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
