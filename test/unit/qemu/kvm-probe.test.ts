// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TskitError } from '../../../src/errors.ts';
import { type KvmVerdict, probeKvm, runProbe } from '../../../src/qemu/kvm-probe.ts';
import { fakeQemu, type FakeQemu } from '../../support/fake-qemu.ts';
import { until } from '../../support/until.ts';

const never = new AbortController().signal;

/** Probes with a file that anyone may open in place of /dev/kvm. */
function probe(
  qemu: FakeQemu,
  changes: { device?: string; cache?: string; signal?: AbortSignal } = {},
): Promise<KvmVerdict> {
  const device = join(qemu.path, 'kvm');
  writeFileSync(device, '');
  const cache = changes.cache ?? join(qemu.path, 'cache');
  return probeKvm(
    qemu.program,
    () => Promise.resolve(`${qemu.base}-kernel`),
    cache,
    changes.signal ?? never,
    changes.device ?? device,
  );
}

describe('KVM is used', () => {
  test('when a guest ran to its end', async () => {
    using qemu = fakeQemu('exit 0');
    expect(await probe(qemu)).toEqual({ usable: true, reason: 'a probe guest ran' });
    expect(qemu.args()).toContain('q35,accel=kvm');
  });
});

describe('KVM is not used', () => {
  test('without the device, or one that may not be opened, and QEMU is not asked', async () => {
    using qemu = fakeQemu('exit 0');
    const device = join(qemu.path, 'none');
    expect(await probe(qemu, { device })).toEqual({ usable: false, reason: `${device} does not exist` });
    const inFile = `${qemu.base}-kernel/kvm`;
    expect(await probe(qemu, { device: inFile })).toEqual({
      usable: false,
      reason: `${inFile} may not be opened by this user`,
    });
    expect(existsSync(`${qemu.program}.args`)).toBe(false);
  });

  test('when QEMU gives up, for its reason', async () => {
    using qemu = fakeQemu('echo "qemu-system-x86_64: failed to initialize kvm" >&2; exit 1');
    expect(await probe(qemu)).toEqual({ usable: false, reason: 'failed to initialize kvm' });
  });

  test('when QEMU aborts without a word', async () => {
    using qemu = fakeQemu('kill -ABRT $$');
    expect(await probe(qemu)).toEqual({ usable: false, reason: 'the probe guest ended with SIGABRT' });
  });

  test('when the guest hangs, after the limit and with QEMU gone', async () => {
    using qemu = fakeQemu('exec sleep 1000');
    const from = Date.now();
    const verdict = await runProbe(qemu.program, `${qemu.base}-kernel`, 'kvm', 500, never);
    expect(verdict).toEqual({ usable: false, reason: 'a probe guest did not end within 0.5 s' });
    expect(Date.now() - from).toBeLessThan(5_000);
    expect(qemu.isAlive()).toBe(false);
  });

  test('when there is no QEMU', async () => {
    using qemu = fakeQemu('exit 0');
    const { usable } = await runProbe(join(qemu.path, 'none'), `${qemu.base}-kernel`, 'kvm', 5_000, never);
    expect(usable).toBe(false);
  });
});

describe('the verdict', () => {
  const counting = 'echo run >> "$0.runs"; exit 0';
  const runs = (qemu: FakeQemu): number => readFileSync(`${qemu.program}.runs`, 'utf8').split('\n').length - 1;

  test('is kept, until QEMU changes', async () => {
    using qemu = fakeQemu(counting);
    await probe(qemu);
    expect(await probe(qemu)).toEqual({ usable: true, reason: 'a probe guest ran' });
    expect(runs(qemu)).toBe(1);
    writeFileSync(qemu.program, `${readFileSync(qemu.program, 'utf8')}# updated\n`);
    await probe(qemu);
    expect(runs(qemu)).toBe(2);
  });

  test('is found again where what was kept is damaged', async () => {
    using qemu = fakeQemu(counting);
    await probe(qemu);
    writeFileSync(join(qemu.path, 'cache/kvm-probe.json'), '{"key":');
    expect((await probe(qemu)).usable).toBe(true);
    expect(runs(qemu)).toBe(2);
  });

  test('is given although the cache cannot be written', async () => {
    using qemu = fakeQemu('exit 0');
    expect((await probe(qemu, { cache: `${qemu.base}-kernel/cache` })).usable).toBe(true);
  });

  test('of an interrupted probe is none, and QEMU does not outlive it', async () => {
    using qemu = fakeQemu('exec sleep 1000');
    const interruption = new AbortController();
    const verdict = probe(qemu, { signal: interruption.signal });
    const failed = verdict.catch((error: unknown) => error);
    await until('QEMU runs', () => qemu.isAlive());
    interruption.abort(new TskitError('interrupted', 'interrupted by SIGINT'));
    expect(await failed).toMatchObject({ code: 'interrupted' });
    await until('QEMU has ended', () => !qemu.isAlive());
    expect(existsSync(join(qemu.path, 'cache/kvm-probe.json'))).toBe(false);
  });
});
