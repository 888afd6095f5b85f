// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import type { KvmVerdict } from './kvm-probe.ts';

export type Accelerator = 'kvm' | 'tcg';

/**
 * KVM only where a probe guest ran on it, whoever asks for it; TCG otherwise, said in one line. The microvm machine is for KVM
 * alone: under TCG its kernels hang in the early boot now and then. Throws `qemu` for what was asked for and cannot be had.
 */
export async function chooseAccelerator(
  asked: Accelerator | 'auto',
  machine: string,
  probe: () => Promise<KvmVerdict>,
  note: (line: string) => void,
): Promise<Accelerator> {
  const verdict = asked === 'tcg' ? undefined : await probe();
  if (asked === 'kvm' && verdict?.usable === false) {
    throw new TskitError('qemu', `run: --accel kvm: expected a KVM that runs a guest, found that ${verdict.reason}`, {
      hint: 'leave --accel out to fall back to emulation',
    });
  }
  const accelerator = verdict?.usable === true ? 'kvm' : 'tcg';
  if (accelerator === 'tcg' && /^microvm(,|$)/.test(machine)) {
    const why = verdict === undefined ? '--accel tcg' : `that ${verdict.reason}`;
    throw new TskitError('qemu', `run: --machine "${machine}": expected KVM, found ${why}`, {
      hint: 'under emulation microvm hangs now and then; use the default machine, q35',
    });
  }
  if (asked === 'auto' && verdict !== undefined) {
    note(
      verdict.usable
        ? `accelerator: KVM (${verdict.reason})`
        : `accelerator: TCG, since KVM is not usable: ${verdict.reason}`,
    );
  }
  return accelerator;
}
