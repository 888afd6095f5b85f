// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { exampleFiles, exampleHeader, parseHeader } from '../../../scripts/example-header.ts';
import { examplesPage } from '../../../scripts/examples-page.ts';

const yaml = `# A web server, e.g. nginx in
# ten lines. It needs nothing.
#
#   tskit build examples/web.yml     # a moment
#   tskit run --disk a.img,size=1G --publish 8080:80 web
#   curl http://127.0.0.1:8080/
#
# curl prints a page.
kernel:
# no part of it
`;

describe('the comment that an example begins with', () => {
  test('is read as what it is, how to try it and what there is to see', () => {
    expect(parseHeader('web.yml', yaml)).toEqual({
      file: 'web.yml',
      name: 'web',
      summary: 'A web server, e.g. nginx in ten lines.',
      commands: [
        'tskit build examples/web.yml',
        'tskit run --disk a.img,size=1G --publish 8080:80 web',
        'curl http://127.0.0.1:8080/',
      ],
      run: ['--disk', 'a.img,size=1G', '--publish', '8080:80', 'web'],
      outcome: 'curl prints a page.',
    });
  });

  test('is the same in TypeScript', () => {
    expect(parseHeader('web.ts', yaml.replaceAll(/^#/gm, '//'))).toEqual({
      ...parseHeader('web.yml', yaml),
      file: 'web.ts',
    });
  });

  test.each(exampleFiles())('of %s has all of that', (file) => {
    const { name, summary, commands, run, outcome } = exampleHeader(file);
    expect(summary).toMatch(/^\S.{20,}\.$/);
    expect(commands.some((command) => command.startsWith(`tskit build examples/${file}`))).toBe(true);
    expect(run.at(-1)).toBe(name);
    expect(outcome).toMatch(/^[A-Za-z`"].{20,}\.$/);
  });
});

test('examples/ has nothing but specs, which the tests build, and what belongs to them', () => {
  const found = readdirSync(new URL('../../../examples/', import.meta.url)).sort();
  expect(found).toEqual([...exampleFiles(), 'site', 'tsconfig.json'].sort());
});

test('the page of examples has a row for each, with its figures when they were measured', () => {
  const figures = { kernel: 14_200_000, initrd: 30_400_000, seconds: 3.61 };
  const page = examplesPage({ examples: { 'hello.yml': figures }, minimal: {} });
  const rows = page.split('\n').filter((line) => line.startsWith('| ['));
  expect(rows.map((row) => /^\| \[([^\]]+)\]/.exec(row)?.[1])).toEqual(exampleFiles());
  expect(rows.find((row) => row.includes('hello.yml]'))).toMatch(/ \| 30\.4 MB \| 44\.6 MB \| 3\.6 s \|$/);
  expect(rows.find((row) => row.includes('hello.ts]'))).toMatch(/ \| – \| – \| – \|$/);
});

test('the page says of how many runs its seconds are the median, when that is one number', () => {
  const page = (...runs: number[]): string => {
    const figures = (count: number) => ({ kernel: 1, initrd: 1, seconds: 1, runs: count });
    return examplesPage({
      examples: Object.fromEntries(runs.map((count, at) => [`${at}.yml`, figures(count)])),
      minimal: {},
    });
  };
  expect(page(5, 5)).toContain('the median of 5 runs under emulation');
  expect(page(1)).toContain('one run under emulation');
  expect(page(1, 5)).toContain('the median of several runs under emulation');
});

test('the smallest system is compared with the line above it', () => {
  const bare = { kernel: 7_000_000, initrd: 1_000_000, seconds: 2, counted: 1.5 };
  const minimal = {
    'busybox on `pkg:a`': bare,
    'minimal.yml on `pkg:a`': { ...bare, seconds: 2.5, counted: 1.8 },
    'busybox on `pkg:b`': { ...bare, seconds: 1 },
    'minimal.yml on `pkg:b`': { ...bare, seconds: 1.3 },
  };
  const page = examplesPage({ examples: {}, minimal });
  expect(page).toContain('| minimal.yml on `pkg:a` | 1.0 MB | 8.0 MB | 2.5 s | 1.80 s | 1.25 | 1.20 |');
  expect(page).toContain('| minimal.yml on `pkg:b` | 1.0 MB | 8.0 MB | 1.3 s | 1.50 s | 1.30 | 1.00 |');
});
