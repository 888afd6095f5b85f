// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HealthPlan } from '../../../init/contract/unit-plan.ts';
import { healthOf } from '../../../src/assemble/health-plan.ts';
import { planHealth } from '../../../src/assemble/health-plans.ts';
import type { ImageConfig, ImageHealthcheck } from '../../../src/oci/types.ts';
import { parseSpec } from '../../../src/spec/parse.ts';
import type { HealthcheckSpec } from '../../../src/spec/supervision-types.ts';
import { Assembly } from '../../support/assembly.ts';
import type { RawHeader } from '../../support/raw-tar.ts';

const second = 1e9;

function config(check?: ImageHealthcheck, shell?: readonly string[]): ImageConfig {
  return {
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: [] },
    config: { ...(check && { Healthcheck: check }), ...(shell && { Shell: shell }) },
  };
}

function plan(spec: HealthcheckSpec | undefined, image?: ImageConfig): HealthPlan | undefined {
  return healthOf(spec === undefined ? {} : { healthcheck: spec }, image ?? config())?.plan;
}

const times = { interval: 30, timeout: 30, retries: 3, startPeriod: 0, startInterval: 5 };

describe('a check of the spec', () => {
  test.each<[HealthcheckSpec, object]>([
    [{ test: 'a || b' }, { kind: 'exec', args: ['/bin/sh', '-c', 'a || b'] }],
    [{ test: ['CMD-SHELL', 'a'] }, { kind: 'exec', args: ['/bin/sh', '-c', 'a'] }],
    [{ test: ['CMD', 'a', 'b'] }, { kind: 'exec', args: ['a', 'b'] }],
    [{ tcp: 80 }, { kind: 'tcp', address: '127.0.0.1', port: 80 }],
    [{ tcp: ':80' }, { kind: 'tcp', address: '127.0.0.1', port: 80 }],
    [{ tcp: '[::1]:80' }, { kind: 'tcp', address: '::1', port: 80 }],
    [{ http: 'http://localhost' }, { kind: 'http', address: '127.0.0.1', port: 80, host: 'localhost', path: '/' }],
    [
      { http: 'http://10.0.0.1:8080/a?b=c' },
      { kind: 'http', address: '10.0.0.1', port: 8080, host: '10.0.0.1:8080', path: '/a?b=c' },
    ],
    [{ http: 'http://[::1]:81/' }, { kind: 'http', address: '::1', port: 81, host: '[::1]:81', path: '/' }],
    [{ file: '/ready' }, { kind: 'file', path: '/ready' }],
    [{ notify: true }, { kind: 'notify' }],
  ])('%j', (spec, probe) => {
    expect(plan(spec)).toEqual({ probe, ...times });
  });

  test('has the times that it says', () => {
    const spec: HealthcheckSpec = {
      tcp: 80,
      interval: '1s',
      timeout: '500ms',
      retries: 1,
      start_period: '1m',
      start_interval: '100ms',
    };
    expect(plan(spec)).toMatchObject({ interval: 1, timeout: 0.5, retries: 1, startPeriod: 60, startInterval: 0.1 });
  });

  test('by notification is watched when there is an interval', () => {
    expect(plan({ notify: true, interval: '10s' })?.probe).toEqual({ kind: 'notify', watchdog: 10 });
  });

  test('goes to the shell that the image names', () => {
    expect(plan({ test: 'a' }, config(undefined, ['/bin/ash', '-eo', 'pipefail', '-c']))?.probe).toEqual({
      kind: 'exec',
      args: ['/bin/ash', '-eo', 'pipefail', '-c', 'a'],
    });
  });

  test('that has times and nothing to check is an error', () => {
    expect(() => plan({ interval: '1s' })).toThrow(
      'healthcheck: expected one of test, http, tcp, file and notify beside interval, found none, and no HEALTHCHECK in the image',
    );
  });
});

describe('the HEALTHCHECK of an image', () => {
  const check: ImageHealthcheck = { Test: ['CMD', 'curl'], Interval: 5 * second, StartPeriod: second / 2, Retries: 2 };

  test('is honoured', () => {
    expect(plan(undefined, config(check))).toEqual({
      probe: { kind: 'exec', args: ['curl'] },
      ...times,
      interval: 5,
      startPeriod: 0.5,
      retries: 2,
    });
  });

  test('gives what the spec leaves open, as Docker has it', () => {
    const found = plan({ test: ['CMD', 'wget'], retries: 9 }, config(check));
    expect(found).toMatchObject({ probe: { args: ['wget'] }, interval: 5, retries: 9 });
    expect(plan({ interval: '1s' }, config(check))).toMatchObject({ probe: { args: ['curl'] }, interval: 1 });
    expect(plan({ notify: true, start_period: '3s' }, config(check))).toEqual({
      probe: { kind: 'notify' },
      ...times,
      startPeriod: 3,
    });
  });

  test.each<[string, HealthcheckSpec | undefined, ImageHealthcheck]>([
    ['is switched off', { disable: true }, check],
    ['is none', { test: ['NONE'] }, check],
    ['says NONE', undefined, { Test: ['NONE'] }],
    ['is empty', undefined, { Test: [] }],
    ['has no test', undefined, { Interval: second }],
    ['is of an unknown kind', undefined, { Test: ['FOO', 'x'] }],
  ])('that %s is no check', (_, spec, image) => {
    expect(plan(spec, config(image))).toBeUndefined();
  });

  test('with zeros means the defaults', () => {
    const zeros = { Test: ['CMD', 'a'], Interval: 0, Timeout: 0, StartPeriod: 0, StartInterval: 0, Retries: 0 };
    expect(plan(undefined, config(zeros))).toMatchObject(times);
  });
});

describe('a check that needs a shell', () => {
  let assembly: Assembly;
  beforeEach(() => {
    assembly = new Assembly();
  });
  afterEach(() => assembly[Symbol.dispose]());

  const busybox: readonly RawHeader[] = [
    { name: 'usr/bin/busybox', data: 'x' },
    { name: 'bin', typeflag: '2', link: 'usr/bin' },
    { name: 'usr/bin/sh', typeflag: '2', link: '/bin/busybox' },
  ];

  /** Plans of a spec with one service "web" of an image with these files. */
  async function planned(keys: string, files: readonly RawHeader[], image: ImageConfig['config'] = {}) {
    const spec = parseSpec(`services:\n  - name: web\n    image: web\n    ${keys}\n`, 'os.yml');
    const [entry] = spec.services;
    if (entry === undefined) throw new Error('no service');
    const container = { section: 'services', index: 0, entry, image: assembly.image('web', files, image) } as const;
    return (await planHealth(spec, [container], assembly.ctx)).get(entry);
  }

  test('finds it behind links', async () => {
    expect((await planned('healthcheck: {test: a}', busybox))?.probe).toMatchObject({ kind: 'exec' });
    expect(assembly.warnings).toEqual([]);
  });

  test('is an error with its place where the image has none', async () => {
    await expect(planned('healthcheck: {test: a}', [{ name: 'a', data: 'x' }])).rejects.toThrow(
      'os.yml:4:19: assembling services[0] "web" of image "web": healthcheck.test: expected /bin/sh in the image, which a command as one string is for, found no such file',
    );
  });

  test('is left to what is mounted over the image', async () => {
    const keys = 'healthcheck: {test: a}\n    binds: ["/bin:/bin"]';
    expect(await planned(keys, [{ name: 'a', data: 'x' }])).toBeDefined();
  });

  test('needs none when it is a program', async () => {
    expect(await planned('healthcheck: {test: [CMD, /a]}', [{ name: 'a', data: 'x' }])).toBeDefined();
  });

  test('is left out with a warning when it is the image’s own', async () => {
    const image = { Healthcheck: { Test: ['CMD-SHELL', 'a'] } };
    expect(await planned('readonly: true', [{ name: 'a', data: 'x' }], image)).toBeUndefined();
    expect(assembly.warnings).toEqual([
      'services "web": the HEALTHCHECK of image "web" is left out: it needs /bin/sh, which the image does not have',
    ]);
  });

  test('an image’s check of an unknown kind is left out with a warning', async () => {
    expect(await planned('readonly: true', busybox, { Healthcheck: { Test: ['FOO'] } })).toBeUndefined();
    expect(assembly.warnings).toEqual([
      'services "web": the HEALTHCHECK of image "web" is left out: expected "CMD" or "CMD-SHELL" with a command, found "FOO"',
    ]);
  });
});
