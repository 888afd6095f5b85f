// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { cacheOption, type Command } from '../../../src/commands/command.ts';
import { globalsFor, splitGlobals } from '../../../src/commands/global-options.ts';

describe('the command of a line is found behind options that LinuxKit takes before it', () => {
  test.each<[readonly string[], readonly string[], readonly string[]]>([
    [['build', '-q'], [], ['build', '-q']],
    [
      ['--cache', '/c', 'build', 'x.yml'],
      ['--cache', '/c'],
      ['build', 'x.yml'],
    ],
    [['--cache=/c', '-q', '--mirror', 'http://m', 'build'], ['--cache=/c', '-q', '--mirror', 'http://m'], ['build']],
    [
      ['--mirror', 'a=http://m', '--mirror', 'http://n', 'x'],
      ['--mirror', 'a=http://m', '--mirror', 'http://n'],
      ['x'],
    ],
    [['--quiet', '--debug', 'build'], ['--quiet', '--debug'], ['build']],
    [
      ['--cert-file', 'f', 'build', '--cache', '/c'],
      ['--cert-file', 'f'],
      ['build', '--cache', '/c'],
    ],
    [['--help'], [], ['--help']],
    [['-h', 'build'], [], ['-h', 'build']],
    [['--dir', '/d', 'build'], [], ['--dir', '/d', 'build']],
    [['--cache'], ['--cache'], []],
    [[], [], []],
  ])('%j', (argv, globals, rest) => {
    const line = splitGlobals(argv);
    expect(line.globals.flat()).toEqual(globals);
    expect(line.rest).toEqual(rest);
  });
});

test('a command gets those that it takes, and no others', () => {
  const command: Command = {
    name: 'show',
    arguments: '',
    summary: '',
    options: cacheOption,
    run: () => Promise.resolve(),
  };
  const { globals } = splitGlobals(['--mirror', 'http://m', '--cache', '/c', '-q', '--cert-file=f', 'show']);
  expect(globalsFor(command, globals)).toEqual(['--cache', '/c', '-q']);
});
