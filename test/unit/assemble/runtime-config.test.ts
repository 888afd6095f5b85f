// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import type { RuntimeConfig } from '../../../init/contract/runtime-config.ts';
import { commandWarnings, runtimeConfig } from '../../../src/assemble/runtime-config.ts';
import type { ImageConfig } from '../../../src/oci/types.ts';
import type { ImageSettings } from '../../../src/spec/types.ts';

function image(config: ImageConfig['config'] = { Cmd: ['/server'] }): ImageConfig {
  return { architecture: 'amd64', os: 'linux', config, rootfs: { type: 'layers', diff_ids: [] } };
}

function config(settings: ImageSettings, from: ImageConfig = image()): RuntimeConfig {
  return runtimeConfig(settings, from, new Map([['web', 104]]));
}

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

test('an entry without settings runs as root with nothing granted and a writable root', () => {
  expect(config({})).toMatchObject({
    ociVersion: '1.1.0',
    root: { path: 'rootfs', readonly: false },
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: ['/server'],
      env: [path],
      cwd: '/',
      rlimits: [],
      noNewPrivileges: false,
    },
    linux: { resources: {} },
  });
});

test.each([
  ['entrypoint and command of the image are joined', {}, { Entrypoint: ['/e', 'a'], Cmd: ['b'] }, ['/e', 'a', 'b']],
  ['an entrypoint alone is enough', {}, { Entrypoint: ['/e'], Cmd: null }, ['/e']],
  ['command replaces both', { command: ['/c'] }, { Entrypoint: ['/e'], Cmd: ['b'] }, ['/c']],
])('%s', (_title, settings, from, args) => {
  expect(config(settings, image(from)).process.args).toEqual(args);
});

test.each([
  [{}, 'neither an entrypoint nor a command in the image'],
  [{ command: [] }, 'an empty list'],
])('an entry with nothing to run is warned of, and no program has its name: %j', (settings, found) => {
  expect(config(settings, image({})).process.args).toEqual(['']);
  const rest = 'it will not start: add `command: ["/program", "argument"]` to this entry';
  expect(commandWarnings(settings, image({}))).toEqual([`command: expected a program to run, found ${found}; ${rest}`]);
  expect(commandWarnings({}, image({ Cmd: ['/s'] }))).toEqual([]);
});

test.each([
  [{ Cmd: ['', 'x'] }, 'command: expected a program to run, found an empty name before ["x"]'],
  [{ Cmd: ['/s\0x'] }, 'command: expected text without NUL characters, found "/s\\u0000x"'],
  [{ Cmd: ['/s'], Env: ['A=1\0'] }, 'env: expected text without NUL characters, found "A=1\\u0000"'],
  [{ Cmd: ['/s'], Env: ['A=1', 'PATH'] }, 'env: expected variables "NAME=value", found "PATH"'],
  [{ Cmd: ['/s'], Env: ['=1'] }, 'env: expected variables "NAME=value", found "=1"'],
  [{ Cmd: ['/s'], WorkingDir: 'srv' }, 'cwd: expected an absolute path, found "srv"'],
  [{ Cmd: ['/s'], WorkingDir: '/srv\0' }, 'cwd: expected text without NUL characters, found "/srv\\u0000"'],
])('what no process can have is an error, though the image asks for it: %j', (from, message) => {
  expect(() => config({}, image(from))).toThrow(message);
});

test.each([
  ["the image's", {}, { Env: ['PATH=/x', 'A=1'] }, ['PATH=/x', 'A=1']],
  ['with a PATH when the image has none', {}, { Env: ['A=1'] }, [path, 'A=1']],
  ["the spec's, wholly", { env: ['B=2', 'PATH=/y'] }, { Env: ['PATH=/x', 'A=1'] }, ['B=2', 'PATH=/y']],
  ['just a PATH when the spec clears it', { env: [] }, { Env: ['A=1'] }, [path]],
])('the environment is %s', (_title, settings, from, env) => {
  expect(config(settings, image({ Cmd: ['/s'], ...from })).process.env).toEqual(env);
});

test.each([
  ['/', {}, {}],
  ['/image', {}, { WorkingDir: '/image' }],
  ['/spec', { cwd: '/spec' }, { WorkingDir: '/image' }],
])('the working folder is %s', (cwd, settings, from) => {
  expect(config(settings, image({ Cmd: ['/s'], ...from })).process.cwd).toBe(cwd);
});

const found = { uid: 33, gid: 34, groups: [34, 5] };

test.each<[string, ImageSettings, object]>([
  ['is whom it was found to be', {}, { uid: 33, gid: 34, additionalGids: [34, 5] }],
  ['has another uid', { uid: 'web' }, { uid: 104, gid: 34, additionalGids: [34, 5] }],
  ['has another gid', { gid: 'root' }, { uid: 33, gid: 0, additionalGids: [34, 5] }],
  ['has other groups', { additionalGids: ['web'] }, { uid: 33, gid: 34, additionalGids: [104] }],
  ['has no other groups', { additionalGids: [] }, { uid: 33, gid: 34 }],
])('the user of the process %s', (_title, settings, user) => {
  const made = runtimeConfig(settings, image(), new Map([['web', 104]]), found);
  expect(made.process.user).toEqual(user);
});

test.each<[string, ImageSettings, object]>([
  [
    'uid, gid and groups by number and container name',
    { uid: 33, gid: 'web', additionalGids: [5, 'web'] },
    { process: { user: { uid: 33, gid: 104, additionalGids: [5, 104] } } },
  ],
  ['apparmor', { apparmor: 'web' }, { process: { apparmorProfile: 'web' } }],
  [
    'a user namespace with its mappings',
    {
      userns: 'new',
      uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: 2000, size: 1 }],
    },
    {
      linux: {
        namespaces: [{ type: 'pid' }, { type: 'user' }, { type: 'mount' }],
        uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
        gidMappings: [{ containerID: 0, hostID: 2000, size: 1 }],
      },
    },
  ],
  ['noNewPrivileges', { noNewPrivileges: true }, { process: { noNewPrivileges: true } }],
  ['oomScoreAdj', { oomScoreAdj: -500 }, { process: { oomScoreAdj: -500 } }],
  ['capabilities', { capabilities: ['CAP_CHOWN'] }, { process: { capabilities: { effective: ['CAP_CHOWN'] } } }],
  ['ambient', { ambient: ['CAP_CHOWN'] }, { process: { capabilities: { ambient: ['CAP_CHOWN'] } } }],
  [
    'rlimits',
    { rlimits: ['nofile,1,unlimited'] },
    { process: { rlimits: [{ type: 'RLIMIT_NOFILE', soft: 1, hard: 2n ** 64n - 1n }] } },
  ],
  ['readonly', { readonly: true }, { root: { path: 'rootfs', readonly: true } }],
  ['hostname', { hostname: 'h', uts: 'new' }, { hostname: 'h' }],
  ['annotations', { annotations: { a: 'b' } }, { annotations: { a: 'b' } }],
  ['maskedPaths', { maskedPaths: ['/proc/kcore'] }, { linux: { maskedPaths: ['/proc/kcore'] } }],
  ['readonlyPaths', { readonlyPaths: ['/proc/sys'] }, { linux: { readonlyPaths: ['/proc/sys'] } }],
  ['sysctl', { sysctl: { 'net.core.somaxconn': '4' } }, { linux: { sysctl: { 'net.core.somaxconn': '4' } } }],
  ['cgroupsPath', { cgroupsPath: '/podruntime' }, { linux: { cgroupsPath: '/podruntime' } }],
  ['rootfsPropagation', { rootfsPropagation: 'shared' }, { linux: { rootfsPropagation: 'shared' } }],
  [
    'resources, with every digit of large ones',
    { resources: { memory: { limit: 9_007_199_254_740_993n }, pids: { limit: 5 }, unified: { 'memory.high': '1' } } },
    {
      linux: {
        resources: {
          memory: { limit: 9_007_199_254_740_993n },
          pids: { limit: 5 },
          unified: { 'memory.high': '1' },
        },
      },
    },
  ],
  [
    'devices, added to the resources that are there',
    {
      resources: { pids: { limit: 5 } },
      devices: [{ path: '/dev/kvm', type: 'c', major: 10, minor: 232, mode: '0600' }],
    },
    {
      linux: {
        devices: [{ path: '/dev/kvm', type: 'c', major: 10, minor: 232, fileMode: 0o600 }],
        resources: {
          pids: { limit: 5 },
          devices: [{ allow: true, type: 'c', major: 10, minor: 232, access: 'rwm' }],
        },
      },
    },
  ],
  [
    'rules for devices, those of `devices` last',
    {
      resources: { devices: [{ allow: false }] },
      devices: [{ path: 'all', type: 'b', major: 0, minor: 0 }],
    },
    { linux: { resources: { devices: [{ allow: false }, { allow: true, type: 'b', access: 'rwm' }] } } },
  ],
  ['net', { net: 'new' }, { linux: { namespaces: [{ type: 'network' }, { type: 'pid' }, { type: 'mount' }] } }],
])('%s', (_title, settings, expected) => {
  expect(config(settings)).toMatchObject(expected);
});

test('no paths are masked unless the spec says so', () => {
  expect(config({}).linux).not.toHaveProperty('maskedPaths');
  expect(config({}).linux).not.toHaveProperty('readonlyPaths');
});

test('a host name without a uts namespace would rename the host, so it is an error that says what to add', () => {
  expect(() => config({ hostname: 'h' })).toThrow(
    expect.objectContaining({
      message: 'hostname "h": expected a uts namespace of its own, found the host\'s',
      hint: expect.stringContaining('`uts: new`'),
    }),
  );
});
