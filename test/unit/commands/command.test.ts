// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { type Command, helpText, parseLine } from '../../../src/commands/command.ts';
import { refusalOf } from '../../support/refusal.ts';

const command: Command = {
  name: 'cook',
  arguments: '[flags] MEAL',
  summary: 'cooks a meal',
  options: {
    salt: { short: 's', help: 'with salt' },
    minutes: { short: 'm', value: 'N', help: 'how long' },
    with: { value: 'THING', multiple: true, help: 'a side dish' },
  },
  run: () => Promise.resolve(),
};

describe('a command line', () => {
  test.each<[readonly string[], Record<string, string[]>, readonly string[]]>([
    [['soup'], {}, ['soup']],
    [['--minutes', '5', 'soup'], { minutes: ['5'] }, ['soup']],
    [['soup', '--minutes=5'], { minutes: ['5'] }, ['soup']],
    [['-m', '5', '-s'], { minutes: ['5'], salt: ['true'] }, []],
    [['-sm5'], { minutes: ['5'], salt: ['true'] }, []],
    [['--minutes=-5'], { minutes: ['-5'] }, []],
    [['--with', 'rice', '--with', 'peas'], { with: ['rice', 'peas'] }, []],
    [['--with', '-'], { with: ['-'] }, []],
    [['--salt', '--salt'], { salt: ['true', 'true'] }, []],
    [['--', '--salt'], {}, ['--salt']],
  ])('%j', (args, values, positionals) => {
    const line = parseLine(command, args);
    expect(Object.fromEntries(line.values)).toEqual(values);
    expect(line.positionals).toEqual(positionals);
  });

  test('ends where a program begins whose options are its own', () => {
    const runner: Command = { ...command, endsOptions: ([verb, program]) => verb === 'run' && program !== undefined };
    const line = parseLine(runner, ['-s', 'run', '-m', '5', 'knife', '-s', '--', '--edge']);
    expect(Object.fromEntries(line.values)).toEqual({ salt: ['true'], minutes: ['5'] });
    expect(line.positionals).toEqual(['run', 'knife', '-s', '--', '--edge']);
  });

  test.each<[readonly string[], string]>([
    [['--sallt'], 'unknown option "--sallt", did you mean "--salt"?'],
    [['-x'], 'unknown option "-x"'],
    [['--__proto__'], 'unknown option "--__proto__"'],
    [['--salt=no'], 'option "--salt" takes no value, found "no"'],
    [['--no-salt'], 'unknown option "--no-salt"'],
    [['--minutes'], 'option "--minutes" expects N, found nothing'],
    [
      ['--minutes', '--salt'],
      'option "--minutes" expects N, found "--salt"; write `--minutes=--salt` if that is the value',
    ],
    [['--with='], 'option "--with" expects THING, found an empty text'],
    [['-m', '-5'], 'option "-m" expects N, found "-5"; write `-m-5` if that is the value'],
    [['-m', '5', '--minutes', '6'], 'option "--minutes" is given 2 times, expected once'],
  ])('%j is a usage error', (args, message) => {
    expect(refusalOf('usage', () => parseLine(command, args))).toContain(`cook: ${message}`);
  });
});

test('the help has a line for each option, with its letter and its value', () => {
  const lines = helpText(command).split('\n');
  expect(lines[0]).toBe('Usage: tskit cook [flags] MEAL');
  expect(lines).toContain('  -m, --minutes N   how long');
  expect(lines).toContain('  -h, --help        show this help');
});
