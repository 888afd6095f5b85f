// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Capability sets of a container's process (config.md, Process; capabilities(7)).

import { type Capabilities, capabilityNames } from '../../contract/runtime-config.ts';
import { errnoOf } from '../../files.ts';
import { PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, PR_CAP_AMBIENT_RAISE, PR_CAPBSET_DROP } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';

/** One bit for each capability, by its number. */
export interface CapabilityMasks {
  readonly bounding: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
  readonly effective: bigint;
  readonly ambient: bigint;
}

/** Why a capability is left out, and how that is told of all those that it is true of. */
const warnings = {
  unknown: (names: string) => `unknown capabilities are left out: ${names}`,
  ungrantable: (names: string) => `capabilities that cannot be granted here are left out: ${names}`,
  effective: (names: string) => `capabilities that are not permitted are left out of the effective set: ${names}`,
  ambient: (names: string) => `can't raise ambient capability ${names}: not both permitted and inheritable`,
};

/**
 * The sets as masks. What is unknown, cannot be granted here (`available`) or does not fit the other sets is left out, with
 * one warning for each of these reasons, as the specification wants, so that the same bundle starts in a restricted
 * environment too. Absent sets are empty.
 */
export function capabilityMasks(
  capabilities: Capabilities | undefined,
  available: bigint,
  warn: (text: string) => void,
): CapabilityMasks {
  const leftOut: Record<keyof typeof warnings, Set<string>> = {
    unknown: new Set(),
    ungrantable: new Set(),
    effective: new Set(),
    ambient: new Set(),
  };
  const mask = (
    set: keyof CapabilityMasks,
    allowed: bigint,
    otherwise: 'ungrantable' | 'effective' | 'ambient',
  ): bigint => {
    let bits = 0n;
    for (const name of capabilities?.[set] ?? []) {
      const number = capabilityNames.indexOf(name);
      const bit = number < 0 ? 0n : 1n << BigInt(number);
      if (number < 0) leftOut.unknown.add(name);
      else if ((bit & available) === 0n) leftOut.ungrantable.add(name);
      else if ((bit & allowed) === 0n) leftOut[otherwise].add(name);
      else bits |= bit;
    }
    return bits;
  };
  const bounding = mask('bounding', available, 'ungrantable');
  const permitted = mask('permitted', available, 'ungrantable');
  const inheritable = mask('inheritable', available, 'ungrantable');
  const effective = mask('effective', permitted, 'effective');
  const ambient = mask('ambient', permitted & inheritable, 'ambient');
  for (const [reason, names] of Object.entries(leftOut))
    if (names.size > 0) warn(warnings[reason as keyof typeof warnings]([...names].join(', ')));
  return { bounding, permitted, inheritable, effective, ambient };
}

/** All that a process in a new user namespace may be given: every capability there is. */
export const allCapabilities: bigint = (1n << BigInt(capabilityNames.length)) - 1n;

/** Drops what is not in `bounding` from the bounding set, of the capabilities that the running kernel has. */
export function limitBoundingSet(sys: Sys, bounding: bigint): void {
  for (let number = 0; number < 64; number += 1) {
    if (((bounding >> BigInt(number)) & 1n) === 1n) continue;
    try {
      sys.prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
    } catch (error) {
      // The first number that the kernel does not know ends the list.
      if (errnoOf(error) === 'EINVAL') return;
      throw new Error(
        `drop ${capabilityNames[number] ?? number} from the bounding set: ${errnoOf(error) ?? String(error)}`,
        {
          cause: error,
        },
      );
    }
  }
}

/** Sets the process's own sets but the bounding one; runs as the container's user, with the old permitted set kept. */
export function applyCapabilities(sys: Sys, masks: CapabilityMasks): void {
  step('set capabilities', () =>
    sys.capset({ effective: masks.effective, permitted: masks.permitted, inheritable: masks.inheritable }),
  );
  sys.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (masks.ambient === 0n) return;
  for (const [number, name] of capabilityNames.entries()) {
    if (((masks.ambient >> BigInt(number)) & 1n) === 0n) continue;
    step(`raise ambient ${name}`, () => sys.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0));
  }
}
