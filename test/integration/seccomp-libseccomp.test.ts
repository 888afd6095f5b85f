// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Our filters and libseccomp's for the same profile, asked about the same calls.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LinuxSeccomp } from '../../init/contract.ts';
import type { NativeArchitecture } from '../../seccomp/architectures.ts';
import { compileSeccomp } from '../../seccomp/compile.ts';
import { syscallNumbers } from '../../seccomp/syscalls.ts';
import { type Call, runFilter } from '../support/bpf-machine.ts';
import { type Judge, seccompJudge } from '../support/seccomp-judge.ts';
import { callsFor, chance, engineProfile, randomProfile } from '../support/seccomp-profiles.ts';

const enginePath = '/usr/share/containers/seccomp.json';
const long = process.env['TSKIT_TEST_LONG'] === '1';
const natives: readonly NativeArchitecture[] = ['x86_64', 'aarch64'];

let judge: Judge;
beforeAll(() => {
  judge = seccompJudge();
});
afterAll(() => judge[Symbol.dispose]());

const interfaceOf: Readonly<Record<number, 'x86_64' | 'x86' | 'aarch64' | 'arm'>> = {
  0xc000003e: 'x86_64',
  0x40000003: 'x86',
  0xc00000b7: 'aarch64',
  0x40000028: 'arm',
};

/** libseccomp knows nothing of calls that are newer than a profile; runc answers them with ENOSYS before its filter. */
function isNewer(profile: LinuxSeccomp, { number, architecture }: Call): boolean {
  if (['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_TRACE'].includes(profile.defaultAction)) return false;
  const isX32 = architecture === 0xc000003e && number >= 0x40000000;
  if (isX32 && profile.architectures?.includes('SCMP_ARCH_X32') !== true) return false;
  const table = syscallNumbers(isX32 ? 'x32' : (interfaceOf[architecture] ?? 'x86_64'));
  const known = (profile.syscalls ?? []).flatMap(({ names }) => names.flatMap((name) => table.get(name) ?? []));
  return known.length > 0 && number > Math.max(...known);
}

const killThread = 0;
const noSuchCall = 0x50026;

/** The calls on which the filters differ, as text; the first few are enough. */
function differences(
  profile: LinuxSeccomp,
  native: NativeArchitecture,
  theirs: Uint8Array,
  calls: readonly Call[],
): readonly string[] {
  const { program } = compileSeccomp(profile, native);
  return calls.flatMap((call) => {
    const { action } = runFilter(program, call);
    const theirAction = runFilter(theirs, call).action;
    const expected = theirAction !== killThread && isNewer(profile, call) ? noSuchCall : theirAction;
    const told = `${call.architecture.toString(16)} ${call.number} (${call.args.join(', ')})`;
    return action === expected ? [] : [`${told}: expected ${expected.toString(16)}, found ${action.toString(16)}`];
  });
}

describe.each(natives)('for %s', (native) => {
  const capabilitySets = [[], ['CAP_SYS_ADMIN'], ['CAP_SYS_PTRACE', 'CAP_SYS_TIME', 'CAP_BPF']];

  test.each(capabilitySets)("a container engine's default profile gives the same verdicts (%s)", (...capabilities) => {
    const profile = engineProfile(enginePath, capabilities, native);
    const [theirs] = judge.judge([profile], native);
    expect(theirs).toBeInstanceOf(Uint8Array);
    const calls = callsFor(profile, native, chance(1), long ? 50 : 5);
    expect(differences(profile, native, theirs as Uint8Array, calls).slice(0, 5)).toEqual([]);
  });

  test('profiles made by chance give the same verdicts', () => {
    const next = chance(native === 'x86_64' ? 7 : 8);
    const profiles = Array.from({ length: long ? 3000 : 150 }, () => randomProfile(next, native));
    const theirs = judge.judge(profiles, native);
    let compared = 0;
    profiles.forEach((profile, index) => {
      const filter = theirs[index];
      // Rules that contradict each other: libseccomp refuses what we give an order.
      if (!(filter instanceof Uint8Array)) return;
      compared += 1;
      const found = differences(profile, native, filter, callsFor(profile, native, next, 3)).slice(0, 3);
      expect(
        found,
        JSON.stringify(profile, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
      ).toEqual([]);
    });
    expect(compared).toBeGreaterThan(profiles.length / 4);
  });
});
