// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Our filters and libseccomp's for the same profile, asked about the same calls.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LinuxSeccomp } from '../../init/contract/linux-config.ts';
import { stringifyJson } from '../../init/json.ts';
import type { NativeArchitecture } from '../../seccomp/architectures.ts';
import { compileSeccomp } from '../../seccomp/compile.ts';
import { syscallNumbers } from '../../seccomp/syscalls.ts';
import { type Call, runFilter } from '../support/bpf-machine.ts';
import { type Judge, seccompJudge } from '../support/seccomp-judge.ts';
import { callsFor, chance, engineProfile, plainProfile, randomProfile } from '../support/seccomp-profiles.ts';

const enginePath = '/usr/share/containers/seccomp.json';
const long = process.env['TSKIT_TEST_LONG'] === '1';
const natives: readonly NativeArchitecture[] = ['x86_64', 'aarch64'];

let judge: Judge;
beforeAll(() => {
  judge = seccompJudge();
});
afterAll(() => judge[Symbol.dispose]());

const interfaces = ['x86_64', 'x86', 'x32', 'aarch64', 'arm'] as const;

const families = { x86_64: ['x86_64', 'x86', 'x32'], aarch64: ['aarch64', 'arm'] } as const;

/**
 * Calls that all architectures of the family have, and that libseccomp knows, which is older than our table. With rules for
 * calls that an architecture does not have it may forget to load the number of the call.
 */
function commonNames(native: NativeArchitecture): readonly string[] {
  const ours = [...syscallNumbers(native).keys()];
  const theirs = families[native].map((one) => judge.numbers(one, ours));
  return ours.filter((_, index) => theirs.every((numbers) => numbers[index] !== undefined));
}

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

describe('the table of system calls', () => {
  test.each(interfaces)('has the numbers of %s that libseccomp has', (one) => {
    const table = syscallNumbers(one);
    const names = [...table.keys()];
    const theirs = judge.numbers(one, names);
    const different = names.filter((name, index) => theirs[index] !== undefined && theirs[index] !== table.get(name));
    expect(different).toEqual([]);
    expect(theirs.filter((number) => number !== undefined).length).toBeGreaterThan(300);
  });
});

describe.each(natives)('for %s', (native) => {
  const capabilitySets = ['', 'CAP_SYS_ADMIN', 'CAP_SYS_PTRACE CAP_SYS_TIME CAP_BPF'];

  test.each(capabilitySets)(
    'a container engine\'s default profile with "%s" gives the same verdicts',
    (capabilities) => {
      const profile = engineProfile(enginePath, capabilities.split(' '), native);
      const [theirs] = judge.judge([profile], native);
      expect(theirs).toBeInstanceOf(Uint8Array);
      const calls = callsFor(profile, native, chance(1), long ? 50 : 5);
      expect(differences(profile, native, theirs as Uint8Array, calls).slice(0, 5)).toEqual([]);
    },
  );

  test('profiles made by chance give the same verdicts', () => {
    const next = chance(native === 'x86_64' ? 7 : 8);
    const names = commonNames(native);
    const profiles = Array.from({ length: long ? 3000 : 150 }, () => plainProfile(next, native, names));
    const theirs = judge.judge(profiles, native);
    let compared = 0;
    profiles.forEach((profile, index) => {
      const filter = theirs[index];
      // Rules that contradict each other: libseccomp refuses what we give an order.
      if (!(filter instanceof Uint8Array)) return;
      compared += 1;
      const found = differences(profile, native, filter, callsFor(profile, native, next, 4)).slice(0, 3);
      expect(found, stringifyJson(profile)).toEqual([]);
    });
    expect(compared).toBeGreaterThan(profiles.length / 4);
  });

  test('a call gets the action of a rule that matches it when libseccomp looks at each rule alone', () => {
    const next = chance(native === 'x86_64' ? 9 : 10);
    const names = commonNames(native);
    for (let round = 0; round < (long ? 500 : 30); round += 1) {
      const profile = randomProfile(next, native, names);
      const { program } = compileSeccomp(profile, native);
      const alone = ruleFilters(profile, native);
      const wrong = callsFor(profile, native, next, 2).filter(
        (call) => !isNewer(profile, call) && !possibleActions(alone, call).includes(runFilter(program, call).action),
      );
      expect(wrong.slice(0, 3), stringifyJson(profile)).toEqual([]);
    }
  });
});

interface RuleFilter {
  readonly isConditional: boolean;
  readonly filter: Uint8Array;
}

/** A filter for each rule; a rule that compares an argument more than once is several. The first has no rule at all. */
function ruleFilters(profile: LinuxSeccomp, native: NativeArchitecture): readonly RuleFilter[] {
  const rules = (profile.syscalls ?? []).flatMap((rule) => {
    const { args = [] } = rule;
    const isRepeated = new Set(args.map(({ index }) => index)).size < args.length;
    return isRepeated ? args.map((one) => ({ ...rule, args: [one] })) : [rule];
  });
  const filters = judge.judge(
    [[], ...rules.map((rule) => [rule])].map((syscalls) => ({ ...profile, syscalls })),
    native,
  );
  return filters.map((filter, index) => {
    if (!(filter instanceof Uint8Array)) throw new Error(`libseccomp refuses a single rule: ${filter}`);
    return { filter, isConditional: (rules[index - 1]?.args ?? []).length > 0 };
  });
}

/** The default when no rule matches, and a general rule before all others. */
function possibleActions([none, ...rules]: readonly RuleFilter[], call: Call): readonly number[] {
  const otherwise = runFilter(none?.filter ?? new Uint8Array(), call).action;
  const matching = rules.flatMap(({ filter, isConditional }) => {
    const { action } = runFilter(filter, call);
    return action === otherwise ? [] : [{ action, isConditional }];
  });
  const general = matching.find(({ isConditional }) => !isConditional);
  if (general !== undefined) return [general.action];
  return matching.length === 0 ? [otherwise] : matching.map(({ action }) => action);
}
