// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../../../src/oci/registry/challenge.ts';

function read(header: string): readonly [string, Record<string, string>][] {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

describe('WWW-Authenticate', () => {
  it.each<[string, readonly [string, Record<string, string>][]]>([
    ['Basic realm="x"', [['basic', { realm: 'x' }]]],
    ['basic', [['basic', {}]]],
    [
      'Bearer realm="https://auth.example.com/token",service="a b",scope="repository:web:pull,push"',
      [['bearer', { realm: 'https://auth.example.com/token', service: 'a b', scope: 'repository:web:pull,push' }]],
    ],
    ['BEARER Realm = token , Service=s', [['bearer', { realm: 'token', service: 's' }]]],
    [
      'Negotiate, Basic realm="a, b", Bearer realm="c"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'a, b' }],
        ['bearer', { realm: 'c' }],
      ],
    ],
    [String.raw`Basic realm="say \"hi\" \\ there"`, [['basic', { realm: String.raw`say "hi" \ there` }]]],
    ['', []],
    ['"', []],
    [
      'Basic realm="unfinished',
      [
        ['basic', {}],
        ['realm', {}],
      ],
    ],
  ])('%s', (header, challenges) => {
    expect(read(header)).toEqual(challenges);
  });
});
