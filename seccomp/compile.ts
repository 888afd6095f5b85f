// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { LinuxSeccomp } from '../init/contract/linux-config.ts';
import { actionOf, lets } from './actions.ts';
import { type NativeArchitecture, selectArchitectures } from './architectures.ts';
import { assemble } from './assemble.ts';
import { filterDecision } from './filter.ts';
import { filterFlags } from './flags.ts';
import { readRules } from './rules.ts';

/** What seccomp(2) is given. */
export interface CompiledFilter {
  /** Instructions of classic BPF, 8 bytes each, little-endian. */
  readonly program: Uint8Array;
  /** SECCOMP_FILTER_FLAG_*. */
  readonly flags: number;
}

/**
 * Compiles linux.seccomp (runtime-spec config-linux.md, Seccomp) for a machine:
 *   1. check all of it, whatever is used of it
 *   2. for each architecture, give each call number the rules of its names, in libseccomp's order
 *   3. search the number among ranges of equal verdicts, and compare arguments where rules ask for it
 *   4. answer calls that the profile's author could not know with ENOSYS, as runc does
 * The same section gives the same bytes. Names of calls that no architecture has are left out. Throws an Error that names
 * the place in config.json.
 */
export function compileSeccomp(seccomp: LinuxSeccomp, native: NativeArchitecture): CompiledFilter {
  const defaultAction = actionOf(seccomp.defaultAction, seccomp.defaultErrnoRet, 'linux.seccomp', {
    action: 'defaultAction',
    errno: 'defaultErrnoRet',
  });
  const architectures = selectArchitectures(native, seccomp.architectures ?? []);
  const rules = readRules(seccomp, defaultAction);
  const flags = filterFlags(seccomp.flags, checkNotify(seccomp));
  const filter = { architectures, rules, defaultAction };
  const decision = filterDecision(
    lets(seccomp.defaultAction) ? filter : { ...filter, knownNames: namesOf(seccomp) },
  );
  return { program: assemble(decision), flags };
}

/**
 * Whether a call is decided by another process. That cannot be every call, nor write(2), of which runc has its process make
 * one while nobody decides yet; profiles that runc refuses mean nothing elsewhere. These are its words.
 */
function checkNotify({ defaultAction, syscalls = [] }: LinuxSeccomp): boolean {
  if (defaultAction === 'SCMP_ACT_NOTIFY')
    throw new Error('linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be used as default action');
  const notifying = syscalls.map(({ action }) => action === 'SCMP_ACT_NOTIFY');
  const refused = syscalls.findIndex(({ names }, index) => notifying[index] === true && names.includes('write'));
  if (refused >= 0)
    throw new Error(`linux.seccomp.syscalls[${refused}]: SCMP_ACT_NOTIFY cannot be used for the write syscall`);
  return notifying.includes(true);
}

/** Rules with the default action count, too: their author knew the call. */
function namesOf({ syscalls = [] }: LinuxSeccomp): ReadonlySet<string> {
  return new Set(syscalls.flatMap(({ names }) => names));
}
