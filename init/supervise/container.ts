// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type ContainerPlan, logDir } from '../contract.ts';
import { describeError } from '../files.ts';
import { SIGKILL } from '../linux.ts';
import { uptime } from './console.ts';
import { type Log, openLog } from './log.ts';
import type { LaunchedContainer, Machine } from './machine.ts';
import type { Ending } from './reaper.ts';
import { signalName } from '../signal-names.ts';
import type { Section } from './status.ts';

/** How an entry of the boot plan came out, for messages and for what happens next. */
export interface Outcome {
  readonly ok: boolean;
  /** "done", "exit code 3", "killed by SIGSEGV", "killed by SIGKILL: out of memory (limit 64 MiB)", "could not be started: …". */
  readonly text: string;
  /** Seconds that it ran. */
  readonly seconds: number;
}

/** A container that runs. */
export interface RunningContainer {
  readonly plan: ContainerPlan;
  readonly pid: number;
  signal(number: number): void;
  kill(): void;
}

/** Where the output of an entry is kept. */
export function logPath(section: Section, plan: ContainerPlan): string {
  return section === 'services' ? `${logDir}/${plan.name}.log` : `${logDir}/${section}/${plan.name}.log`;
}

/**
 * Starts an entry of the boot plan and keeps its status. `onEnd` is called when it has ended and everything it had is freed;
 * it is called at once, and undefined returned, when it could not be started.
 */
export function startContainer(
  machine: Machine,
  section: Section,
  plan: ContainerPlan,
  onEnd: (outcome: Outcome) => void,
): RunningContainer | undefined {
  const { sys, status, reaper } = machine;
  const startedAt = uptime(sys);
  let launched: { readonly container: LaunchedContainer; readonly log: Log };
  try {
    launched = launchLogged(machine, section, plan);
  } catch (error) {
    const message = describeError(error);
    status.set(plan, { state: 'failed', startedAt, endedAt: uptime(sys), error: message });
    onEnd({ ok: false, text: `could not be started: ${message}`, seconds: uptime(sys) - startedAt });
    return undefined;
  }
  const { container, log } = launched;
  status.set(plan, { state: 'running', pid: container.pid, startedAt });
  reaper.await(container.pid, (ending) => {
    const endedAt = uptime(sys);
    const error = container.outOfMemory();
    log.close();
    container.release();
    status.set(plan, {
      state: 'exited',
      startedAt,
      endedAt,
      ...statusOf(ending),
      ...(error === undefined ? {} : { error }),
    });
    onEnd({ ...describeEnding(ending, error), seconds: endedAt - startedAt });
  });
  return {
    plan,
    pid: container.pid,
    signal: (number) => container.signal(number),
    kill: () => container.kill(),
  };
}

function launchLogged(
  machine: Machine,
  section: Section,
  plan: ContainerPlan,
): { readonly container: LaunchedContainer; readonly log: Log } {
  const { sys, loop, console, echo } = machine;
  const log = openLog(sys, loop, console, { name: plan.name, path: logPath(section, plan), echo });
  try {
    // The bundle's folder is unique where names are not: an onboot name may repeat.
    const id = plan.bundle.slice(plan.bundle.lastIndexOf('/') + 1);
    const container = machine.launch(sys, id, plan, log.writer);
    container.start();
    log.closeWriter();
    return { container, log };
  } catch (error) {
    log.close();
    throw error;
  }
}

function statusOf(ending: Ending): { readonly exitCode: number } | { readonly signal: string } {
  return 'code' in ending ? { exitCode: ending.code } : { signal: signalName(ending.signal) };
}

function describeEnding(
  ending: Ending,
  outOfMemory: string | undefined,
): { readonly ok: boolean; readonly text: string } {
  if ('code' in ending && ending.code === 0) return { ok: true, text: 'done' };
  const text = 'signal' in ending ? `killed by ${signalName(ending.signal)}` : `exit code ${ending.code}`;
  if (outOfMemory === undefined) return { ok: false, text };
  const isVictim = 'signal' in ending && ending.signal === SIGKILL;
  return { ok: false, text: `${text}${isVictim ? '' : ', a process of it was killed'}: ${outOfMemory}` };
}
