// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { loadApart } from '../../../../init/supervise/module-process.ts';
import type { Sys } from '../../../../init/sys.ts';

/** Only what this needs: the process that clone3 returns in, and what it executes. */
function fakeProcess(pid: number, canExecute = true) {
  const calls: string[] = [];
  const sys = {
    clone3: () => {
      calls.push('clone');
      return { pid, pidfd: -1 };
    },
    sigprocmask: () => calls.push('empty signal mask'),
    execve: (path: string, argv: readonly string[]) => {
      calls.push(`${path}: ${argv.join(' ')}`);
      if (!canExecute) throw new Error('execve: ENOENT');
    },
    exit: (code: number) => calls.push(`exit ${code}`),
  } as unknown as Sys;
  return { sys, calls };
}

describe('modules loaded apart', () => {
  test('are loaded by the unit modprobe, in one process for all', () => {
    const { sys, calls } = fakeProcess(0);
    loadApart(sys, ['cpu:type:x86', 'acpi:PNP0C0C:']);
    expect(calls).toEqual(['clone', 'empty signal mask', '/proc/self/exe: modprobe -q -- cpu:type:x86 acpi:PNP0C0C:']);
  });

  test('leave PID 1 as it is', () => {
    const { sys, calls } = fakeProcess(123);
    loadApart(sys, ['cpu:type:x86']);
    expect(calls).toEqual(['clone']);
  });

  test('take no process when there are none', () => {
    const { sys, calls } = fakeProcess(0);
    loadApart(sys, []);
    expect(calls).toEqual([]);
  });

  test('end their process when it cannot become modprobe', () => {
    const { sys, calls } = fakeProcess(0, false);
    loadApart(sys, ['cpu:type:x86']);
    expect(calls.at(-1)).toBe('exit 1');
  });
});
