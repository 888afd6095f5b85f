// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import type { ContainerPlan } from '../../../../init/contract/container-plan.ts';
import type { Ending } from '../../../../init/ending.ts';
import { createPods } from '../../../../init/supervise/pods.ts';
import type { Sys } from '../../../../init/sys.ts';
import { entryPlan } from '../../../support/fake-machine.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

const member: ContainerPlan = { ...entryPlan('services', 'web'), pod: 'shop', sharesProcesses: true };

/** Pods on a machine that clones processes 100, 101, … with descriptors 1100, 1101, …. */
function machine() {
  const fake = new FakeSys();
  fake.folders.add('/run/tskit');
  const ends = new Map<number, (ending: Ending) => void>();
  const calls: string[] = [];
  let last = 99;
  const own: Partial<Sys> = {
    clone3: () => {
      last += 1;
      calls.push(`clone ${last}`);
      return { pid: last, pidfd: 1000 + last };
    },
    wait4: (pid: number) => ({ pid, status: 0 }),
    mount: (source) => void calls.push(`bind ${source}`),
    pidfdSendSignal: (fd: number, signal: number) => void calls.push(`signal ${fd} ${signal}`),
    close: () => undefined,
  };
  const sys = new Proxy(fake.sys, {
    get: (target, key: keyof Sys) => own[key] ?? target[key],
  });
  const reaper = {
    await: (pid: number, onEnd: (ending: Ending) => void) => void ends.set(pid, onEnd),
    reap: () => undefined,
  };
  return { enter: createPods({ sys, reaper }), calls, end: (pid: number) => ends.get(pid)?.({ signal: 9 }) };
}

test("a pod's namespaces are made once, and its first process only when a service shares processes", () => {
  const { enter, calls } = machine();
  const { sharesProcesses: _, ...alone } = member;
  enter(alone)();
  enter(alone)();
  expect(calls).toEqual(['clone 100']);
  enter(member);
  enter(member);
  expect(calls).toEqual(['clone 100', 'clone 101', 'bind /proc/101/ns/pid']);
});

test('the first process ends with the last service that shares it, and the next one gets a new one', () => {
  const { enter, calls, end } = machine();
  const leaves = [enter(member), enter(member)];
  calls.splice(0);
  leaves[0]?.();
  leaves[0]?.();
  expect(calls).toEqual([]);
  leaves[1]?.();
  expect(calls).toEqual(['signal 1101 9']);
  // Before it is reaped.
  const leave = enter(member);
  end(101);
  enter(member);
  leave();
  expect(calls).toEqual(['signal 1101 9', 'clone 102', 'bind /proc/102/ns/pid']);
});

test('a first process that was killed is not signalled any more, and has a successor', () => {
  const { enter, calls, end } = machine();
  const leave = enter(member);
  end(101);
  calls.splice(0);
  enter(member);
  leave();
  expect(calls).toEqual(['clone 102', 'bind /proc/102/ns/pid']);
});
