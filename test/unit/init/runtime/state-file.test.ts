// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { JsonError } from '../../../../init/json.ts';
import { type ContainerState, decodeState, encodeState } from '../../../../init/runtime/state-file.ts';

const least: ContainerState = {
  version: 1,
  id: 'x',
  ociVersion: '1.2.0',
  bundle: '/b',
  rootfs: '/b/rootfs',
  created: '2026-01-02T03:04:05.006Z',
  ownsPids: true,
};

const most: ContainerState = {
  ...least,
  annotations: { a: 'b' },
  process: { pid: 7, startTime: 2 ** 40 },
  creating: true,
  cgroup: { v2: '/sys/fs/cgroup/x', v1: { memory: '/sys/fs/cgroup/memory/x' } },
  limits: { memory: { limit: 2n ** 60n, swap: -1 }, cpu: { quota: -1, period: 1000 } },
  poststart: [{ path: '/bin/true', args: ['true'], env: ['A=1'], timeout: 3 }],
  poststop: [{ path: '/bin/true' }],
};

describe('state.json', () => {
  test.each([least, most])('comes back as it was written', (state) => {
    expect(decodeState(encodeState(state))).toEqual(state);
  });

  test.each<[string, object, string]>([
    ['another version', { version: 2 }, 'version: expected the version of this program (1 to 1), found 2'],
    ['a relative bundle', { bundle: 'b' }, 'bundle: expected an absolute path, found "b"'],
    // A signal to 0, -1 or 1 would go to a group, to everyone or to PID 1.
    ['pid 0', { process: { pid: 0, startTime: 1 } }, 'process.pid: expected a pid (1 to 2147483647), found 0'],
    ['a negative pid', { process: { pid: -1, startTime: 1 } }, 'process.pid: expected a pid'],
    ['a pid with a fraction', { process: { pid: 1.5, startTime: 1 } }, 'process.pid'],
    ['no start time', { process: { pid: 7 } }, 'process.startTime: expected a value, found none'],
    ['a relative cgroup', { cgroup: { v2: 'x' } }, 'cgroup.v2: expected an absolute path'],
    ['a list of cgroups', { cgroup: { v1: ['/x'] } }, 'cgroup.v1: expected an object, found a list'],
    ['a relative hook', { poststop: [{ path: 'x' }] }, 'poststop[0].path: expected an absolute path'],
    ['no flag', { ownsPids: 'yes' }, 'ownsPids: expected true or false, found "yes"'],
  ])('with %s is refused', (_what, change, message) => {
    expect(() => decodeState(JSON.stringify({ ...least, ...change }))).toThrow(message);
  });

  test('that was cut off is refused', () => {
    const text = encodeState(most);
    for (let length = 0; length < text.length; length += 1)
      expect(() => decodeState(text.slice(0, length))).toThrow(JsonError);
  });
});
