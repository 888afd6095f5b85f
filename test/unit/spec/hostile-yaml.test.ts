// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { TskitError } from '../../../src/errors.ts';
import { parseLabel } from '../../../src/spec/label.ts';
import { parseSpec } from '../../../src/spec/parse.ts';
import { refusalOf } from '../../support/refusal.ts';

/** A text that took long would end in the time limit that vitest sets for a test. */
function refusal(text: string): string {
  return refusalOf('spec', () => parseSpec(text, 'os.yml'));
}

function headline(text: string): string {
  return refusal(text).split('\n', 1)[0] ?? '';
}

/** Ten aliases to ten aliases to ten …: 10^`levels` values. */
function bomb(levels: number): string {
  const rows = Array.from({ length: levels }, (_, level) => {
    const items = Array.from({ length: 10 }, () => (level === 0 ? 'x' : `*a${level - 1}`)).join(', ');
    return `a${level}: &a${level} [${items}]`;
  });
  return `${rows.join('\n')}\n`;
}

describe('aliases', () => {
  test('that expand to billions of values are refused', () => {
    expect(headline(bomb(9))).toMatch(
      /^os\.yml:5:\d+: expected at most 100000 values once aliases are expanded, found more$/,
    );
  });

  test('that expand through merge keys are refused', () => {
    const keys = Array.from({ length: 400 }, (_, index) => `k${index}: x`).join(', ');
    const maps = Array.from({ length: 400 }, () => '{<<: *m}').join(', ');
    expect(headline(`kernel: &m {${keys}}\nfiles: [${maps}]\n`)).toContain('expected at most 100000 values');
  });

  test('that name themselves are refused', () => {
    expect(headline('init: &a [*a]\n')).toBe(
      'os.yml:1:11: expected the alias *a outside of what it names, found it inside',
    );
    expect(headline('kernel: &a {<<: *a, image: x}\n')).toContain('expected the alias *a outside of what it names');
    expect(headline('kernel: &a {image: x, ? *a : b}\n')).toContain('expected the alias *a outside of what it names');
  });

  test('in a label are counted too', () => {
    expect(() => parseLabel(bomb(9), 'web')).toThrow('expected at most 100000 values');
  });
});

describe('size', () => {
  test.each([
    ['a scalar', `kernel: {image: x, cmdline: "${'a'.repeat(10 * 1024 * 1024)}"}`],
    ['a block', `files:\n- path: a\n  contents: |\n${'    line\n'.repeat(1_300_000)}`],
    ['spaces', ' '.repeat(10 * 1024 * 1024)],
    ['comments', '#\n'.repeat(6 * 1024 * 1024)],
  ])('of more than 4 MiB is refused at once: %s', (_what, text) => {
    expect(headline(text)).toMatch(/^os\.yml:1:1: expected a spec to have at most 4 MiB, found 1[0-2]\.\d MiB$/);
  });

  test.each([
    ['unknown keys', Array.from({ length: 25_000 }, (_, index) => `servces${index}: x\n`).join('')],
    ['one key again and again', 'init: []\n'.repeat(25_000)],
    ['list entries', `init: [${'5,'.repeat(25_000)}]`],
    ['keys and no values', '? a\n'.repeat(25_000)],
    ['empty documents', '---\n'.repeat(30_000)],
    ['anchors', `init: [${Array.from({ length: 25_000 }, (_, index) => `&a${index} x`).join(',')},5]`],
    ['aliases', `init: [&a 5${',*a'.repeat(25_000)}]`],
    ['quotes', '"'.repeat(30_000)],
    ['colons', ': '.repeat(30_000)],
    ['closing brackets', ']'.repeat(30_000)],
    ['question marks', '? '.repeat(30_000)],
    ['exclamation marks', '!'.repeat(30_000)],
    ['ampersands', '&a '.repeat(25_000)],
    ['commas', `[${','.repeat(30_000)}`],
    ['a long key', `${'k'.repeat(2_000_000)}: x`],
    ['a long number', `init: [${'9'.repeat(2_000_000)}]`],
  ])('below that ends in a message: %s', (_what, text) => {
    expect(refusal(text)).toMatch(/^os\.yml(:\d+:\d+: | has \d+ errors\n)/);
  });

  test('of contents up to the limit is kept byte for byte', () => {
    const line = 'x'.repeat(1023);
    const text = `files:\n  - path: a\n    contents: |\n${`      ${line}\n`.repeat(3500)}`;
    expect(parseSpec(text, 'os.yml').files[0]?.contents).toBe(`${line}\n`.repeat(3500));
  });
});

describe('nesting', () => {
  test.each([
    ['lists', '['.repeat(30_000)],
    ['maps', '{a: '.repeat(30_000)],
    ['closed lists', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['dashes', '- '.repeat(30_000)],
    ['indented maps', Array.from({ length: 1000 }, (_, level) => `${' '.repeat(level)}a:\n`).join('')],
    ['keys of keys', '? '.repeat(30_000)],
    ['list keys', `${'? ['.repeat(1000)}a${']'.repeat(1000)}`],
  ])('without end is refused: %s', (_what, text) => {
    expect(headline(text)).toMatch(/^os\.yml:\d+:\d+: expected at most 64 levels of nesting, found more$/);
  });
});

describe('what is not text', () => {
  test.each([
    ['NUL', 'a: \u0000'],
    ['an escape', 'a: \u001b[31m'],
    ['DEL', 'a: \u007f'],
    ['a C1 control', 'a: \u009b'],
    ['a non-character', 'a: \ufffe'],
  ])('is refused: %s', (_what, text) => {
    expect(headline(text)).toMatch(/^os\.yml:1:4: expected text, found the control character U\+[0-9A-F]{4}$/);
  });

  test('is harmless as an escape in contents', () => {
    expect(parseSpec('files: [{path: a, contents: "\\e[0m\\0"}]', 'os.yml').files[0]?.contents).toBe('\u001b[0m\u0000');
  });

  test('lone surrogates are kept out of messages', () => {
    expect(refusal('init: [{"\ud800": x}]')).toMatch(/^os\.yml:/);
  });
});

/** A generator of numbers that repeats itself from run to run (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const sample = `kernel:
  image: linuxkit/kernel:6.6
  cmdline: "console=ttyS0"
init: [a, b]
onboot:
  - &d
    name: dhcp
    image: dhcp
    capabilities: [CAP_NET_ADMIN]
    binds: ["/run:/run:ro"]
    resources: {memory: {limit: 0x10}, pids: {limit: 5}}
services:
  - <<: *d
    name: web
    rlimits: ["nofile,1,2"]
    sysctl: {net.ipv4.ip_forward: "1"}
files:
  - path: etc/x
    contents: |
      hello
    mode: "0644"
`;

const fragments = [
  '\n',
  '\t',
  ' ',
  ':',
  ': ',
  '- ',
  '&a ',
  '*d',
  '!!',
  '|',
  '>',
  '"',
  "'",
  '[',
  ']',
  '{',
  '}',
  ',',
  '#',
  '?',
  '<<: ',
  '---\n',
  '%',
  '@',
  '\ufeff',
  '\r',
  '0',
  '~',
  '\u2028',
  '😀',
];

/** The sample with one to four changes. */
function mangled(next: (below: number) => number): string {
  let text = sample;
  for (let change = next(4) + 1; change > 0; change--) {
    const at = next(text.length);
    const cut = next(3) === 0 ? next(20) : 0;
    text = text.slice(0, at) + (fragments[next(fragments.length)] ?? '') + text.slice(at + cut);
  }
  return text;
}

/** The message with which `text` is refused, nothing when it is accepted. */
function outcome(text: string): string | undefined {
  try {
    parseSpec(text, 'os.yml');
    return undefined;
  } catch (error) {
    if (error instanceof TskitError && error.code === 'spec') return error.message;
    throw new Error(`on ${JSON.stringify(text)}`, { cause: error });
  }
}

/** Places of a message that are not in the text. */
function placesOutside(message: string, text: string): string[] {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  const places = [...message.matchAll(/^os\.yml:(\d+):(\d+): /gm)];
  if (places.length === 0) return [`no place in: ${message}`];
  return places
    .filter(([, line, column]) => Number(column) > (lines[Number(line) - 1]?.length ?? -1) + 1)
    .map(([place]) => place);
}

describe('any text', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('is accepted or refused in our words with places inside it (seed %i)', (seed) => {
    const next = generator(seed);
    for (let round = 0; round < 250; round++) {
      const text = mangled(next);
      const message = outcome(text) ?? 'os.yml:1:1: ';
      expect(placesOutside(message, text)).toEqual([]);
      expect(message).not.toContain('found a mistake');
    }
  });
});
