// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { deviceList } from '../../../../../init/container/cgroup/device-list.ts';
import { type DeviceMatch, deviceMatches } from '../../../../../init/container/cgroup/device-rules.ts';

/** "+c 1:3 rw", "-a *:* rwm". */
function rules(...texts: readonly string[]): readonly DeviceMatch[] {
  return texts.map((text) => {
    const [, sign, type, major, minor, access = ''] = /^([+-])([abc]) ([0-9*]+):([0-9*]+) ([rwm]+)$/.exec(text) ?? [];
    const number = (word: string | undefined): number | undefined => (word === '*' ? undefined : Number(word));
    return { allow: sign === '+', type: type as 'a', major: number(major), minor: number(minor), access };
  });
}

describe('device rules as the list of the v1 controller', () => {
  test.each<[string, readonly string[], boolean, readonly string[]]>([
    ['nothing is allowed without a rule', [], false, []],
    ['an allowed device is an exception', ['+c 1:3 rw'], false, ['c 1:3 rw']],
    ['denying all takes back what was allowed before', ['+c 1:3 rw', '-a *:* rwm', '+b 8:* r'], false, ['b 8:* r']],
    ['when all is allowed denied devices are the exceptions', ['+a *:* rwm', '-c 1:3 rw'], true, ['c 1:3 rw']],
    ['a rule for all devices and some access is one for each kind', ['+a *:* m'], false, ['b *:* m', 'c *:* m']],
    ['accesses of one device are one line', ['+c 1:3 m', '+c 1:3 r'], false, ['c 1:3 rm']],
    ['a part of the access is taken back', ['+c 1:3 rwm', '-c 1:3 w'], false, ['c 1:3 rm']],
    ['a wide rule takes back narrower ones', ['+c 1:3 rw', '+c 4:3 rw', '-c 1:* rwm'], false, ['c 4:3 rw']],
    ['what was not allowed is not taken back', ['+c 1:* r', '-c 1:3 w'], false, ['c 1:* r']],
  ])('%s', (_title, texts, allowed, exceptions) => {
    expect(deviceList(rules(...texts))).toEqual({ allowed, exceptions });
  });

  test('a hole in a wider exception, which the controller would not make, is refused', () => {
    expect(() => deviceList(rules('+c 1:* rw', '-c 1:3 r'))).toThrow(
      'linux.resources.devices: "c 1:3 r" cannot be denied by cgroup v1 after "c 1:* rw" was allowed',
    );
    expect(() => deviceList(rules('+a *:* rwm', '-c *:3 rw', '+c 1:* r'))).toThrow('"c 1:* r" cannot be allowed');
  });

  test('the default devices come with every list', () => {
    expect(deviceList(deviceMatches([{ allow: false, access: 'rwm' }])).exceptions).toEqual([
      'b *:* m',
      'c *:* m',
      'c 1:3 rwm',
      'c 1:5 rwm',
      'c 1:7 rwm',
      'c 1:8 rwm',
      'c 1:9 rwm',
      'c 5:0 rwm',
      'c 5:2 rwm',
      'c 136:* rwm',
    ]);
  });
});
