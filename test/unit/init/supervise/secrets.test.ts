// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import type { SecretPlan } from '../../../../init/contract/container-plan.ts';
import { createSecrets, forgetSecrets } from '../../../../init/supervise/secrets.ts';
import { entryPlan } from '../../../support/fake-machine.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

const folder = '/run/tskit/secrets/services/web';
const raw = '/sys/firmware/qemu_fw_cfg/by_name/opt/token/raw';
const token: SecretPlan = {
  name: 'token',
  from: { kind: 'fw_cfg', name: 'opt/token' },
  path: '/run/secrets/token',
  uid: 1000,
  gid: 1001,
  mode: 0o440,
};

function setUp() {
  const fake = new FakeSys();
  fake.files.set(raw, 'hunter2');
  const loaded: string[] = [];
  const load = (name: string): boolean => loaded.push(name) > 0;
  const provide = createSecrets({ load, loadByAlias: load });
  const mountsOf = (...secrets: readonly SecretPlan[]) =>
    provide(fake.sys, { ...entryPlan('services', 'web'), secrets });
  const open = fake.openDescriptors.length;
  return { fake, loaded, mountsOf, open };
}

describe('a secret', () => {
  test('of the machine lies in a tmpfs of its own with its owner and mode, and is bound read-only where the container looks', () => {
    const { fake, loaded, mountsOf, open } = setUp();
    expect(mountsOf(token)).toEqual([
      {
        destination: '/run/secrets/token',
        type: 'bind',
        source: `${folder}/token`,
        options: ['bind', 'ro', 'nosuid', 'nodev', 'noexec'],
      },
    ]);
    expect(fake.files.get(`${folder}/token`)).toBe('hunter2');
    expect(fake.calls).toEqual([
      ...['/run/tskit/secrets', '/run/tskit', '/run', '/run/tskit', '/run/tskit/secrets'].map(
        (path) => `mkdirat ${path}`,
      ),
      'mount tmpfs /run/tskit/secrets tmpfs 14 mode=700,noswap',
      ...[folder, '/run/tskit/secrets/services', folder].map((path) => `mkdirat ${path}`),
      `fchown ${folder}/token.new 1000 1001`,
      `fchmod ${folder}/token.new 440`,
    ]);
    expect(loaded).toEqual(['qemu_fw_cfg']);
    expect(fake.openDescriptors).toHaveLength(open);
  });

  test('lies in a ramfs where a tmpfs would be swapped out, and is mounted once', () => {
    const { fake, mountsOf } = setUp();
    fake.fail('mount tmpfs', 'EINVAL');
    mountsOf(token);
    mountsOf(token);
    expect(fake.calls.filter((call) => call.startsWith('mount'))).toEqual([
      'mount tmpfs /run/tskit/secrets tmpfs 14 mode=700,noswap',
      'mount ramfs /run/tskit/secrets ramfs 14 mode=700',
    ]);
  });

  test('from a file is what that holds at each start', () => {
    const { fake, mountsOf } = setUp();
    const from = { kind: 'file', path: '/etc/token' } as const;
    for (const content of ['old', 'new']) {
      fake.files.set('/etc/token', content);
      mountsOf({ ...token, from });
      expect(fake.files.get(`${folder}/token`)).toBe(content);
    }
  });

  test.each([
    [
      { kind: 'fw_cfg', name: 'opt/other' },
      'secret token from opt/other: the machine has none (QEMU: -fw_cfg name=opt/other,file=...)',
    ],
    [{ kind: 'file', path: '/etc/missing' }, 'secret token from /etc/missing: openat: ENOENT'],
  ] as const)('that is missing stops the start of its container: %j', (from, message) => {
    const { fake, mountsOf, open } = setUp();
    expect(() => mountsOf({ ...token, from })).toThrow(message);
    expect(fake.openDescriptors).toHaveLength(open);
  });

  test('that is too large is refused, and the one before stays', () => {
    const { fake, mountsOf, open } = setUp();
    mountsOf(token);
    fake.files.set(raw, 'x'.repeat(512 * 1024 + 1));
    expect(() => mountsOf(token)).toThrow('secret token from opt/token: expected at most 524288 bytes, found more');
    expect(fake.files.get(`${folder}/token`)).toBe('hunter2');
    expect(fake.files.has(`${folder}/token.new`)).toBe(false);
    expect(fake.openDescriptors).toHaveLength(open);
  });

  test('does not stay when another of its container is missing', () => {
    const { fake, mountsOf } = setUp();
    expect(() => mountsOf(token, { ...token, name: 'key', from: { kind: 'file', path: '/none' } })).toThrow(
      'secret key',
    );
    expect([...fake.files.keys()].filter((path) => path.startsWith(folder))).toEqual([]);
  });

  test('has no name any more once it is bound in', () => {
    const { fake, mountsOf } = setUp();
    forgetSecrets(fake.sys, mountsOf(token));
    expect(fake.files.has(`${folder}/token`)).toBe(false);
    fake.fail('unlinkat', 'ENOENT');
    forgetSecrets(fake.sys, mountsOf(token));
  });

  test('a container without any has nothing mounted', () => {
    const { fake, mountsOf } = setUp();
    expect(mountsOf()).toEqual([]);
    expect(fake.calls).toEqual([]);
  });
});
