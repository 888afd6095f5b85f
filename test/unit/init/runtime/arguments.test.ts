// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { expectId, expectOperands, parseArguments, UsageError } from '../../../../init/runtime/arguments.ts';

const table = {
  bundle: { kind: 'text', short: 'b' },
  detach: { kind: 'flag', short: 'd' },
  'no-new-privs': { kind: 'switch' },
  env: { kind: 'list', short: 'e' },
  'preserve-fds': { kind: 'integer' },
} as const;

const none = { detach: false, env: [] };

describe('a command line', () => {
  test.each([
    [[], none, []],
    [['x', 'y'], none, ['x', 'y']],
    [['--bundle', '/b', 'x'], { ...none, bundle: '/b' }, ['x']],
    [['-b', '/b'], { ...none, bundle: '/b' }, []],
    [['-bundle', '/b'], { ...none, bundle: '/b' }, []],
    [['x', '--bundle=/a=b'], { ...none, bundle: '/a=b' }, ['x']],
    [['--bundle='], { ...none, bundle: '' }, []],
    [['--bundle', '--detach'], { ...none, bundle: '--detach' }, []],
    [['-d', 'x'], { ...none, detach: true }, ['x']],
    [['--detach=false'], none, []],
    [['--detach=1'], { ...none, detach: true }, []],
    [['--no-new-privs=false'], { ...none, 'no-new-privs': false }, []],
    [['-e', 'A=1', '--env=B=2,3'], { ...none, env: ['A=1', 'B=2,3'] }, []],
    [['--preserve-fds', '3'], { ...none, 'preserve-fds': 3 }, []],
    [['--preserve-fds=-1'], { ...none, 'preserve-fds': -1 }, []],
    [['--', '-d', 'x'], none, ['-d', 'x']],
    [['-'], none, ['-']],
  ])('%j is read', (words, options, operands) => {
    expect(parseArguments(words, table)).toEqual({ options, operands });
  });

  test('options end at the first operand where that is a program', () => {
    const parsed = parseArguments(['-d', 'id', 'ls', '-d', '--nope'], table, { operandsLast: true });
    expect(parsed).toEqual({ options: { ...none, detach: true }, operands: ['id', 'ls', '-d', '--nope'] });
  });

  test.each([
    [['--nope'], 'unknown option "--nope"'],
    [['--constructor'], 'unknown option "--constructor"'],
    [['-x'], 'unknown option "-x"'],
    [['--bundle'], 'expected a value after "--bundle"'],
    [['--detach=maybe'], 'expected true or false for "--detach", found "maybe"'],
    [['--preserve-fds', 'x'], 'expected an integer after "--preserve-fds", found "x"'],
    [['--preserve-fds', '1e3'], 'found "1e3"'],
    [['--preserve-fds', '99999999999999999999'], 'expected an integer'],
  ])('%j is wrong usage', (words, message) => {
    expect(() => parseArguments(words, table)).toThrow(UsageError);
    expect(() => parseArguments(words, table)).toThrow(message);
  });
});

describe('operands', () => {
  test('are as many as a command has', () => {
    expect(expectId(['x'])).toBe('x');
    expect(expectOperands(['x', 'y'], 'one', 'other')).toEqual(['x', 'y']);
    expect(() => expectId([])).toThrow('expected one container id, found none');
    expect(() => expectId(['a', 'b'])).toThrow('expected one container id, found "a" "b"');
    expect(() => expectOperands(['a'])).toThrow('expected no operands, found "a"');
  });
});
