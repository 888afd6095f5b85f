// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { decodeConfig, decodeProcess } from '../../../../init/container/decode.ts';

const least = {
  ociVersion: '1.2.0',
  root: { path: 'rootfs' },
  process: { cwd: '/', args: ['sh'], user: { uid: 0, gid: 0 } },
};

function decode(change: object): unknown {
  return decodeConfig(JSON.stringify({ ...least, ...change }));
}

describe('reading config.json', () => {
  test('the least configuration is accepted', () => {
    expect(structuredClone(decode({}))).toEqual(least);
  });

  test('null counts as absent, and unknown members are kept', () => {
    expect(structuredClone(decode({ hostname: null, linux: null, com: { x: 1 } }))).toEqual({
      ...least,
      com: { x: 1 },
    });
  });

  test('a name in other letters of case stands for a member that is missing', () => {
    const limits = '[{ "pagesize": "2MB", "limit": 1 }]';
    const text = `{ "ociVersion": "1.2.0", "Root": { "path": "r" }, "linux": { "resources": { "hugepageLimits": ${limits} } } }`;
    expect(decodeConfig(text)).toMatchObject({
      root: { path: 'r' },
      linux: { resources: { hugepageLimits: [{ pageSize: '2MB', limit: 1 }] } },
    });
  });

  test('a process may be absent, and is one that runs nothing then', () => {
    expect(decode({ process: undefined })).toMatchObject({ process: { args: [] } });
  });

  test('a member may be called like a property that every object has', () => {
    expect(structuredClone(decode({ constructor: 1, annotations: { toString: 'x' } }))).toMatchObject({
      constructor: 1,
    });
  });

  test('resource limits are read with all digits', () => {
    const text = JSON.stringify({ ...least, linux: { resources: { memory: { limit: 1 } } } }).replace(
      '"limit":1',
      '"limit":9223372036854775807',
    );
    expect(decodeConfig(text).linux?.resources?.memory?.limit).toBe(9_223_372_036_854_775_807n);
  });

  test.each([
    [{ root: { path: '' } }, 'root.path: expected a path, found ""'],
    [{ root: { path: 'a\0b' } }, 'root.path: expected a string without NUL'],
    [{ hostname: 5 }, 'hostname: expected a string, found 5'],
    [{ process: { ...least.process, args: [] } }, 'process.args: expected a list of at least 1, found 0'],
    [{ process: { ...least.process, args: ['a', {}] } }, 'process.args[1]: expected a string, found an object'],
    [
      { process: { ...least.process, user: { uid: -1, gid: 0 } } },
      'process.user.uid: expected an id (0 to 4294967294), found -1',
    ],
    [
      { process: { ...least.process, user: { uid: 4_294_967_295, gid: 0 } } },
      'process.user.uid: expected an id (0 to 4294967294), found 4294967295',
    ],
    [{ process: { ...least.process, cwd: 'tmp' } }, 'process.cwd: expected an absolute path, found "tmp"'],
    [
      { process: { ...least.process, oomScoreAdj: 1001 } },
      'process.oomScoreAdj: expected an integer (-1000 to 1000), found 1001',
    ],
    [{ linux: { namespaces: [{ type: 'net' }] } }, 'linux.namespaces[0].type: expected one of pid, network,'],
    [{ linux: { sysctl: { a: 1 } } }, 'linux.sysctl.a: expected a string, found 1'],
    [{ linux: { devices: {} } }, 'linux.devices: expected a list, found an object'],
    [{ mounts: [{ source: 'x' }] }, 'mounts[0].destination: expected a value, found none'],
  ])('%j is refused by its place', (change, message) => {
    expect(() => decode(change)).toThrow(message);
  });

  test('a text that is a list is no configuration', () => {
    expect(() => decodeConfig('[]')).toThrow('expected an object, found a list');
  });
});

test('a process without a user, or with half of one, runs as 0', () => {
  expect(decodeProcess('{"cwd": "/", "args": ["a"]}').user).toEqual({ uid: 0, gid: 0 });
  expect(decodeProcess('{"cwd": "/", "args": ["a"], "user": {"uid": 7}}').user).toEqual({ uid: 7, gid: 0 });
});
