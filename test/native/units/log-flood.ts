// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What a container that writes as fast as it can does to who keeps its log: one JSON line for each kind of log.

// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="../../../init/sys.d.ts" />
import * as sys from 'tskit:sys';
import type { LogPlan } from '../../../init/contract/container-plan.ts';
import { readText } from '../../../init/files.ts';
import { CLOCK_MONOTONIC, SIGCHLD, SIGKILL } from '../../../init/linux.ts';
import { createBudget } from '../../../init/log/budget.ts';
import { createLogFile } from '../../../init/log/file.ts';
import { createLog } from '../../../init/log/log.ts';
import { createRing } from '../../../init/log/ring.ts';
import type { LogRun } from '../../../init/log/run.ts';
import type { Store } from '../../../init/log/store.ts';
import { createConsole } from '../../../init/supervise/console.ts';
import { createLoop } from '../../../init/supervise/loop.ts';

const seconds = 2;
const tick = 0.01;

const kinds: readonly (readonly [string, Partial<LogPlan>])[] = [
  ['file', {}],
  ['memory', { driver: 'memory' }],
  ['json', { json: true }],
  ['rate', { rate: { lines: 100, seconds: 1 } }],
];

export default function main(): number {
  for (const [kind, plan] of kinds)
    report(kind, { driver: 'file', maxSize: 1 << 20, maxFiles: 2, json: false, ...plan });
  return 0;
}

function report(kind: string, plan: LogPlan): void {
  const loop = createLoop(sys);
  const console = createConsole(sys, 2);
  const kept = plan.driver === 'file' ? createLogFile(sys, createBudget(sys), `${kind}.log`, plan) : undefined;
  const store = kept ?? createRing(sys, 'in memory', plan.maxSize);
  let written = 0;
  const counted: Store = {
    ...store,
    append(bytes) {
      written += bytes.length;
      store.append(bytes);
    },
  };
  const run = createLog(sys, loop, console, { name: 'flood', plan, store: counted, echo: false }).open();
  const pid = flood(run);
  let latest = 0;
  let due = now() + tick;
  const onTick = (): void => {
    latest = Math.max(latest, now() - due);
    due = now() + tick;
    loop.after(tick, onTick);
  };
  loop.after(tick, onTick);
  const start = now();
  let before = 0;
  for (let warm = false; now() < start + seconds; warm = true) {
    loop.turn();
    if (!warm) before = residentKib();
  }
  const grown = residentKib() - before;
  sys.kill(pid, SIGKILL);
  sys.wait4(pid, 0);
  const megabytes = Math.round(written / (now() - start) / 1e6);
  run.close();
  sys.write(1, sys.encodeUtf8(`${JSON.stringify({ kind, megabytes, grown, lateMs: Math.round(latest * 1000) })}\n`));
}

function flood({ stdout, stderr }: LogRun): number {
  const { pid } = sys.clone3({ flags: 0, exitSignal: SIGCHLD });
  if (pid === 0) {
    sys.dup3(stdout, 1, 0);
    sys.dup3(stderr, 2, 0);
    sys.execve(
      '/usr/bin/yes',
      ['yes', 'a line of a flood that is about as long as what programs write into a log'],
      [],
    );
  }
  return pid;
}

function now(): number {
  return sys.clockGettime(CLOCK_MONOTONIC) / 1e9;
}

function residentKib(): number {
  return Number(/VmRSS:\s*([0-9]+)/.exec(readText(sys, '/proc/self/status'))?.[1]);
}
