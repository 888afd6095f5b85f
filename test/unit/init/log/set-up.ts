// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan, LogPlan } from '../../../../init/contract/container-plan.ts';
import type { Log } from '../../../../init/log/log.ts';
import { createLogs, type Logs } from '../../../../init/log/logs.ts';
import type { LogRun } from '../../../../init/log/run.ts';
import { createConsole } from '../../../../init/supervise/console.ts';
import { createLoop, type Loop } from '../../../../init/supervise/loop.ts';
import type { Sys } from '../../../../init/sys.ts';
import { entryPlan } from '../../../support/fake-machine.ts';
import { FakeSys } from '../../../support/fake-sys.ts';

/** A log, and what is around it. */
export interface LogSetUp {
  readonly fake: FakeSys;
  readonly sys: Sys;
  readonly loop: Loop;
  readonly logs: Logs;
  /** A service with a log of this plan. */
  readonly service: (name: string, plan?: Partial<LogPlan>) => ContainerPlan;
  readonly log: Log;
  readonly run: LogRun;
  /** The container writes, and PID 1 takes it. */
  readonly print: (text: string, to?: number) => void;
  /** Time passes, and nothing but timers that are due happens. */
  readonly pass: (seconds: number) => void;
  /** Descriptors that were open before there was a log. */
  readonly before: number;
}

/** The log of a service "web" that runs, on the fake. */
export function setUpLog(plan: Partial<LogPlan> = {}, echo = false): LogSetUp {
  const fake = new FakeSys();
  fake.files.set('/dev/console', '');
  fake.folders.add('/var/log');
  const { sys } = fake;
  const console = createConsole(sys, sys.openat(-100, '/dev/console', 1, 0));
  const loop = createLoop(sys);
  console.attach(loop);
  const before: number = fake.openDescriptors.length;
  const logs = createLogs(sys, loop, console, echo);
  const service = (name: string, more: Partial<LogPlan> = plan): ContainerPlan => {
    const entry = entryPlan('services', name);
    return { ...entry, log: { ...entry.log, ...more } };
  };
  const log = logs.of('services', service('web'));
  const run = log.open();
  const print = (text: string, to: number = run.stdout): void => {
    sys.write(to, sys.encodeUtf8(text));
    loop.turn();
  };
  const pass = (seconds: number): void => {
    const end = fake.now + seconds * 1e9;
    loop.after(seconds, () => undefined);
    while (fake.now < end) loop.turn();
  };
  return { fake, sys, loop, logs, service, log, run, print, pass, before };
}

/** All that is kept, or what came since. */
export function contentOf(log: Log, since?: number): string {
  let text = '';
  for (let piece = log.read(log.start(since)); piece.bytes.length > 0; piece = log.read(piece.next))
    text += Buffer.from(piece.bytes).toString();
  return text;
}
