// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** What a filter returns for a call: SECCOMP_RET_* with its data in the lower half (seccomp(2)). Unsigned, 32 bits. */
export type Action = number;

const values: ReadonlyMap<string, Action> = new Map([
  ['SCMP_ACT_KILL', 0x00000000],
  ['SCMP_ACT_KILL_THREAD', 0x00000000],
  ['SCMP_ACT_KILL_PROCESS', 0x80000000],
  ['SCMP_ACT_TRAP', 0x00030000],
  ['SCMP_ACT_ERRNO', 0x00050000],
  ['SCMP_ACT_TRACE', 0x7ff00000],
  ['SCMP_ACT_LOG', 0x7ffc0000],
  ['SCMP_ACT_NOTIFY', 0x7fc00000],
  ['SCMP_ACT_ALLOW', 0x7fff0000],
]);

/** The largest data that an action takes: MAX_ERRNO of the kernel, a whole half for what a tracer is told. */
const largest: ReadonlyMap<string, number> = new Map([
  ['SCMP_ACT_ERRNO', 4095],
  ['SCMP_ACT_TRACE', 0xffff],
]);

const EPERM = 1;
const ENOSYS = 38;

/** What a call gets whose architecture has no rules, as with libseccomp. */
export const killThread: Action = 0;
/** Refuses with ENOSYS. */
export const noSuchCall: Action = 0x00050000 | ENOSYS;

/** All names that an action may have in linux.seccomp. */
export function actionNames(): readonly string[] {
  return [...values.keys()];
}

/**
 * The action of that name. `errnoRet` belongs to SCMP_ACT_ERRNO and SCMP_ACT_TRACE, where it is EPERM unless given.
 * Throws an Error that names `place` ("linux.seccomp.syscalls[2]") when the name is unknown or the number does not fit.
 */
export function actionOf(name: string, errnoRet: number | undefined, place: string, keys: ActionKeys): Action {
  const value = values.get(name);
  if (value === undefined) throw new Error(`${place}.${keys.action}: expected one of SCMP_ACT_*, found "${name}"`);
  const limit = largest.get(name);
  if (limit === undefined) {
    if (errnoRet !== undefined)
      throw new Error(`${place}.${keys.errno}: expected none with ${name}, found ${errnoRet}`);
    return value;
  }
  const data = errnoRet ?? EPERM;
  if (!Number.isInteger(data) || data < 0 || data > limit)
    throw new Error(`${place}.${keys.errno}: expected 0 to ${limit} with ${name}, found ${data}`);
  return value | data;
}

/** Names of the two members that make an action: they differ between the default and the rules. */
export interface ActionKeys {
  readonly action: string;
  readonly errno: string;
}

/** Whether a call may go on with it, so that a call which the kernel does not know finds out itself. */
export function lets(name: string): boolean {
  return name === 'SCMP_ACT_ALLOW' || name === 'SCMP_ACT_LOG' || name === 'SCMP_ACT_TRACE';
}
