// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { type Accelerator, chooseAccelerator } from '../../../src/qemu/accelerator.ts';
import type { KvmVerdict } from '../../../src/qemu/kvm-probe.ts';

const proved: KvmVerdict = { usable: true, reason: 'a probe guest ran' };
const hangs: KvmVerdict = { usable: false, reason: 'a probe guest did not end within 5 s' };

async function choose(
  asked: Accelerator | 'auto',
  verdict: KvmVerdict,
  machine = 'q35',
): Promise<{ accelerator: Accelerator; notes: readonly string[]; probes: number }> {
  const notes: string[] = [];
  let probes = 0;
  const probe = (): Promise<KvmVerdict> => {
    probes += 1;
    return Promise.resolve(verdict);
  };
  const accelerator = await chooseAccelerator(asked, machine, probe, (line) => notes.push(line));
  return { accelerator, notes, probes };
}

describe('the accelerator', () => {
  test('is KVM where a guest ran, and TCG otherwise, said in one line', async () => {
    expect(await choose('auto', proved)).toMatchObject({
      accelerator: 'kvm',
      notes: ['accelerator: KVM (a probe guest ran)'],
    });
    expect(await choose('auto', hangs)).toMatchObject({
      accelerator: 'tcg',
      notes: ['accelerator: TCG, since KVM is not usable: a probe guest did not end within 5 s'],
    });
  });

  test('is not KVM without proof, even when it is asked for', async () => {
    expect((await choose('kvm', proved)).accelerator).toBe('kvm');
    await expect(choose('kvm', hangs)).rejects.toMatchObject({
      code: 'qemu',
      message: 'run: --accel kvm: expected a KVM that runs a guest, found that a probe guest did not end within 5 s',
    });
  });

  test('is TCG without a probe when that is asked for', async () => {
    expect(await choose('tcg', proved)).toEqual({ accelerator: 'tcg', notes: [], probes: 0 });
  });

  test.each(['microvm', 'microvm,acpi=on'])('of %s is KVM or nothing', async (machine) => {
    expect((await choose('auto', proved, machine)).accelerator).toBe('kvm');
    await expect(choose('auto', hangs, machine)).rejects.toMatchObject({ code: 'qemu' });
    await expect(choose('tcg', proved, machine)).rejects.toThrow(/expected KVM, found --accel tcg/);
  });
});
