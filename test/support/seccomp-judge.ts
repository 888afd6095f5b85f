// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// libseccomp's filter for a profile, as runc has it built: test/native/seccomp-judge.c on Debian's library.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LinuxSeccomp, SeccompArgument, SeccompRule } from '../../init/contract/linux-config.ts';
import type { NativeArchitecture } from '../../seccomp/architectures.ts';

const source = new URL('../native/seccomp-judge.c', import.meta.url).pathname;

/** Libseccomp's verdicts. */
export interface Judge extends Disposable {
  /** The numbers of these calls in one of libseccomp's architectures ("x86"); undefined where it knows none. */
  numbers(architecture: string, names: readonly string[]): (number | undefined)[];
  /** A filter for each profile, or the negative errno that libseccomp refuses it with. `tree`: as a binary tree. */
  judge(profiles: readonly LinuxSeccomp[], native: NativeArchitecture, tree?: 'tree'): (Uint8Array | number)[];
}

/** Compiles the judge; throws with the compiler's words when that fails. */
export function seccompJudge(): Judge {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-judge-'));
  const program = join(folder, 'judge');
  execFileSync('gcc', ['-Wall', '-Wextra', '-Werror', '-O1', source, '-o', program, '-lseccomp'], { stdio: 'pipe' });
  return {
    judge: (profiles, native, tree) => {
      const input = profiles.map((profile) => describe(profile, native, tree !== undefined)).join('');
      return answers(execFileSync(program, { input, maxBuffer: 2 ** 30 }));
    },
    numbers: (architecture, names) => {
      const input = names.map((name) => `number ${architecture} ${name}\n`).join('');
      const bytes = execFileSync(program, { input });
      return names.map((_, index) => bytes.readInt32LE(4 * index)).map((number) => (number < 0 ? undefined : number));
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

function answers(bytes: Buffer): (Uint8Array | number)[] {
  const found: (Uint8Array | number)[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readInt32LE(at);
    at += 4;
    found.push(length < 0 ? length : bytes.subarray(at, at + length));
    at += Math.max(length, 0);
  }
  return found;
}

const actions: Readonly<Record<string, number>> = {
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x30000,
  SCMP_ACT_ERRNO: 0x50000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_NOTIFY: 0x7fc00000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};
/** enum scmp_compare. */
const operators = ['', 'NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'].map((name) => `SCMP_CMP_${name}`);
const ownName: Readonly<Record<NativeArchitecture, string>> = { x86_64: 'x86_64', aarch64: 'aarch64' };

/** What runc asks libseccomp for (libcontainer/seccomp, matchCall): one rule a name, one a comparison if an index repeats. */
function describe(profile: LinuxSeccomp, native: NativeArchitecture, tree: boolean): string {
  const defaultAction = actionNumber(profile.defaultAction, profile.defaultErrnoRet);
  const own = native === (process.arch === 'arm64' ? 'aarch64' : 'x86_64');
  const lines = [`default ${defaultAction}`];
  if (!own) lines.push(`only ${ownName[native]}`);
  if (tree) lines.push('optimize 2');
  const names = (profile.architectures ?? []).map((name) => name.slice('SCMP_ARCH_'.length).toLowerCase());
  for (const name of names) if (name !== ownName[native]) lines.push(`arch ${name}`);
  for (const rule of profile.syscalls ?? []) {
    const action = actionNumber(rule.action, rule.errnoRet);
    if (action === defaultAction) continue;
    for (const name of rule.names)
      for (const args of separate(rule)) lines.push(['rule', action, name, ...args.flatMap(comparison)].join(' '));
  }
  return `${[...lines, 'end'].join('\n')}\n`;
}

function separate({ args = [] }: SeccompRule): readonly (readonly SeccompArgument[])[] {
  const indexes = new Set(args.map(({ index }) => index));
  return indexes.size < args.length ? args.map((one) => [one]) : [args];
}

function comparison({ index, op, value, valueTwo = 0 }: SeccompArgument): readonly (number | bigint)[] {
  return [index, operators.indexOf(op), value, valueTwo];
}

function actionNumber(name: string, errnoRet: number | undefined): number {
  const value = actions[name] ?? 0;
  return name === 'SCMP_ACT_ERRNO' || name === 'SCMP_ACT_TRACE' ? value + (errnoRet ?? 1) : value;
}
