// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import type { Process } from '../../../../init/contract/runtime-config.ts';
import { parseExecArguments, type ExecArguments } from '../../../../init/runtime/exec-options.ts';
import type { Sys } from '../../../../init/sys.ts';

const sys = { getcwd: () => '/here' } as unknown as Sys;

function parse(...words: readonly string[]): ExecArguments {
  return parseExecArguments(sys, words);
}

const own: Process = {
  cwd: '/own',
  args: ['init'],
  env: ['A=1'],
  terminal: true,
  user: { uid: 1, gid: 2, additionalGids: [3], umask: 0o77 },
  capabilities: { bounding: ['CAP_KILL'] },
  noNewPrivileges: true,
  rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 0 }],
};

describe("the container's own process", () => {
  test('is kept but for its program and its terminal', () => {
    expect(parse('id', 'ls', '-l').change(own)).toEqual({ ...own, args: ['ls', '-l'], terminal: false });
  });

  test.each<[readonly string[], Partial<Process>]>([
    [['-t'], { terminal: true }],
    [['--cwd', '/x'], { cwd: '/x' }],
    [['-e', 'B=2'], { env: ['A=1', 'B=2'] }],
    [['-u', '7'], { user: { ...own.user, uid: 7 } }],
    [['-u', '7:8'], { user: { ...own.user, uid: 7, gid: 8 } }],
    [['-g', '9'], { user: { ...own.user, additionalGids: [3, 9] } }],
    [['--no-new-privs=false'], { noNewPrivileges: false }],
    [['--apparmor', 'p'], { apparmorProfile: 'p' }],
    [['--process-label', 'l'], { selinuxLabel: 'l' }],
    [
      ['-c', 'CAP_CHOWN'],
      {
        capabilities: {
          bounding: ['CAP_KILL', 'CAP_CHOWN'],
          effective: ['CAP_CHOWN'],
          permitted: ['CAP_CHOWN'],
          ambient: [],
        },
      },
    ],
  ])('%j changes it', (options, change) => {
    expect(parse(...options, 'id', 'ls').change(own)).toEqual({ ...own, terminal: false, args: ['ls'], ...change });
  });

  test('capabilities become ambient where the container has inheritable ones', () => {
    const process = { ...own, capabilities: { inheritable: ['CAP_KILL'] } };
    expect(parse('-c', 'CAP_KILL', 'id', 'ls').change(process).capabilities).toMatchObject({ ambient: ['CAP_KILL'] });
  });
});

test('paths are taken from the working directory', () => {
  expect(parse('-p', 'p.json', '--pid-file=./pid', 'id')).toMatchObject({
    processFile: '/here/p.json',
    pidFile: '/here/pid',
    consoleSocket: undefined,
  });
});

test.each([
  [[], 'expected a container id, found none'],
  [['id'], 'expected a program to run, or a process by --process, found neither'],
  [['-u', 'root', 'id', 'ls'], 'expected an id (0 to 4294967294) for "--user", found "root"'],
  [['-u', '1:', 'id', 'ls'], 'for "--user", found ""'],
  [['-u', '4294967295', 'id', 'ls'], 'expected an id (0 to 4294967294)'],
  [['-g', '-1', 'id', 'ls'], 'for "--additional-gids", found "-1"'],
])('%j is wrong usage', (words, message) => {
  expect(() => parse(...words)).toThrow(message);
});
