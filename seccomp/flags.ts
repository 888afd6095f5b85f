// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** SECCOMP_FILTER_FLAG_* (linux/seccomp.h). */
const filterFlagLog = 0x2;
const filterFlagSpecAllow = 0x4;
const filterFlagNewListener = 0x8;
const filterFlagWaitKillable = 0x20;

/** What a flag of linux.seccomp.flags asks the kernel for. TSYNC says nothing: there is one thread. */
const bits: ReadonlyMap<string, number> = new Map([
  ['SECCOMP_FILTER_FLAG_TSYNC', 0],
  ['SECCOMP_FILTER_FLAG_SPEC_ALLOW', filterFlagSpecAllow],
  ['SECCOMP_FILTER_FLAG_LOG', filterFlagLog],
  ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV', filterFlagWaitKillable],
]);

/** All names that linux.seccomp.flags may hold. */
export function flagNames(): readonly string[] {
  return [...bits.keys()];
}

/** Flags of seccomp(2). Without a list, not even an empty one, it is SPEC_ALLOW, as with runc and crun. */
export function filterFlags(flags: readonly string[] | undefined, notifies: boolean): number {
  const own = notifies ? filterFlagNewListener : 0;
  if (flags === undefined) return own | filterFlagSpecAllow;
  return flags.reduce((sum, name, index) => {
    const bit = bits.get(name);
    if (bit === undefined)
      throw new Error(`linux.seccomp.flags[${index}]: expected one of SECCOMP_FILTER_FLAG_*, found "${name}"`);
    if (bit === filterFlagWaitKillable && !notifies)
      throw new Error(`linux.seccomp.flags[${index}]: expected a rule with SCMP_ACT_NOTIFY along with ${name}, found none`);
    return sum | bit;
  }, own);
}
