// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseRunArguments, UsageError } from '../../../../init/container/cli.ts';

describe('what follows "run"', () => {
  test.each([
    [['x'], { id: 'x', bundle: '.', cgroupRoot: undefined }],
    [['--bundle', '/b', 'x'], { id: 'x', bundle: '/b', cgroupRoot: undefined }],
    [['-b', '/b', 'x'], { id: 'x', bundle: '/b', cgroupRoot: undefined }],
    [['x', '--bundle=/a=b', '--cgroup-root=/c'], { id: 'x', bundle: '/a=b', cgroupRoot: '/c' }],
  ])('%j is read', (words, expected) => {
    expect(parseRunArguments(words)).toEqual(expected);
  });

  test.each([
    [[], 'expected one container id, found 0'],
    [['a', 'b'], 'expected one container id, found 2'],
    [['a/b'], 'found "a/b"'],
    [['..'], 'found ".."'],
    [['--detach', 'a'], '"--detach" is not supported yet'],
    [['a', '--bundle'], 'expected a value after "--bundle"'],
  ])('%j is wrong usage', (words, message) => {
    expect(() => parseRunArguments(words)).toThrow(UsageError);
    expect(() => parseRunArguments(words)).toThrow(message);
  });
});
