// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Capability sets of a container's process (config.md, Process; capabilities(7)).

import { type Capabilities, capabilityNames } from '../contract.ts';
import { errnoOf } from '../files.ts';
import { PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, PR_CAP_AMBIENT_RAISE, PR_CAPBSET_DROP } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { step } from './step.ts';

/** One bit for each capability, by its number. */
export interface CapabilityMasks {
  readonly bounding: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
  readonly effective: bigint;
  readonly ambient: bigint;
}

/**
 * The sets as masks. What is unknown, cannot be granted here (`available`) or does not fit the other sets is left out and
 * warned of, as the specification wants, so that the same bundle starts in a restricted environment too. Absent sets are empty.
 */
export function capabilityMasks(
  capabilities: Capabilities | undefined,
  available: bigint,
  warn: (text: string) => void,
): CapabilityMasks {
  const mask = (set: keyof CapabilityMasks, allowed: bigint, otherwise: string): bigint => {
    let bits = 0n;
    for (const name of capabilities?.[set] ?? []) {
      const number = capabilityNames.indexOf(name);
      const bit = number < 0 ? 0n : 1n << BigInt(number);
      if ((bit & allowed) === 0n) warn(leftOut(name, set, number < 0 ? 'it is not known' : otherwise));
      bits |= bit & allowed;
    }
    return bits;
  };
  const ungrantable = 'it cannot be granted here';
  const bounding = mask('bounding', available, ungrantable);
  const permitted = mask('permitted', available, ungrantable);
  const inheritable = mask('inheritable', available, ungrantable);
  const effective = mask('effective', permitted, 'it is not in the permitted set');
  const ambient = mask('ambient', permitted & inheritable, 'it is not both permitted and inheritable');
  return { bounding, permitted, inheritable, effective, ambient };
}

function leftOut(name: string, set: keyof CapabilityMasks, reason: string): string {
  if (set === 'ambient') return `can't raise ambient capability ${name}: ${reason}`;
  return `capability "${name}" is left out of the ${set} set: ${reason}`;
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
  for (const [number, name] of capabilityNames.entries()) {
    if (((masks.ambient >> BigInt(number)) & 1n) === 0n) continue;
    step(`raise ambient ${name}`, () => sys.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0));
  }
}
