// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { type CommandLine, parseCommandLine } from '../../../../init/runtime/global-options.ts';
import type { Sys } from '../../../../init/sys.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

interface Caller {
  readonly env?: readonly string[];
  readonly uid?: number;
  readonly map?: string;
}

function parse(words: readonly string[], { env = [], uid = 0, map = '0 0 4294967295' }: Caller = {}): CommandLine {
  const fake = new FakeSys();
  fake.files.set('/proc/self/uid_map', `         ${map}\n`);
  const own: Partial<Sys> = { environ: () => [...env], geteuid: () => uid, getcwd: () => '/here' };
  const sys = new Proxy(fake.sys, { get: (target, name: keyof Sys) => own[name] ?? target[name] });
  return parseCommandLine(sys, words);
}

describe('global options', () => {
  test('stand before the command, and what follows it is its own', () => {
    const line = parse(['--root', '/r', '--log=/l', '--log-format', 'json', '--debug', 'exec', '--root', 'x', '-t']);
    expect(line).toEqual({
      global: {
        root: '/r',
        isRootGiven: true,
        log: '/l',
        logFormat: 'json',
        debug: true,
        cgroupManager: 'cgroupfs',
        rootless: undefined,
      },
      version: false,
      help: false,
      command: 'exec',
      words: ['--root', 'x', '-t'],
    });
  });

  test.each([
    [[], { command: undefined, version: false }],
    [['-v'], { version: true }],
    [['--help'], { help: true }],
  ])('%j is read', (words, part) => {
    expect(parse(words)).toMatchObject(part);
  });

  test.each([
    [['--systemd-cgroup'], 'systemd'],
    [['--cgroup-manager=disabled'], 'disabled'],
    [['--cgroup-manager', 'systemd'], 'systemd'],
  ])('%j says who makes cgroups', (words, cgroupManager) => {
    expect(parse(words).global).toMatchObject({ cgroupManager });
  });

  test.each([
    ['auto', undefined],
    ['true', true],
    ['false', false],
  ])('--rootless=%s', (word, rootless) => {
    expect(parse([`--rootless=${word}`]).global.rootless).toBe(rootless);
  });

  test.each([
    [['--log-format', 'xml'], 'expected one of text, json after "--log-format", found "xml"'],
    [['--cgroup-manager', 'x'], 'expected one of cgroupfs, systemd, disabled'],
    [['--log', 'journald:x'], 'other places are not supported'],
    [['--root', '/'], 'expected a folder other than / after "--root", found "/"'],
    [['--root='], 'expected a folder other than /'],
    [['--rootless=maybe'], 'expected one of true, false'],
  ])('%j is wrong usage', (words, message) => {
    expect(() => parse(words)).toThrow(message);
  });

  test('a relative root is one below the working directory', () => {
    expect(parse(['--root', 'r/']).global.root).toBe('/here/r');
  });

  const env = ['XDG_RUNTIME_DIR=/run/user/0'];
  const inside = '0 1000 1';

  test.each<[string, Caller, string]>([
    ['root', { env }, '/run/tsrun'],
    ['a user', { env, uid: 1000 }, '/run/user/0/tsrun'],
    ['a user without XDG_RUNTIME_DIR', { uid: 1000 }, '/run/tsrun'],
    ['root of a user namespace', { env, map: inside }, '/run/user/0/tsrun'],
    ['root of a user namespace who is called so', { env: [...env, 'USER=root'], map: inside }, '/run/tsrun'],
  ])('the root of %s', (_who, caller, root) => {
    expect(parse(['list'], caller).global).toMatchObject({ root, isRootGiven: false });
  });
});
