// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan } from '../contract/container-plan.ts';
import type { Ending } from '../ending.ts';
import { describeError } from '../files.ts';
import { SIGKILL } from '../linux.ts';
import type { LogRun } from '../log/run.ts';
import { signalName } from '../signal-names.ts';
import { uptime } from './console.ts';
import type { LaunchedContainer, Machine } from './machine.ts';
import type { Section } from './status.ts';

/** How a run of an entry came out, for messages and for what happens next. */
export interface Outcome {
  readonly ok: boolean;
  /** It could be started. */
  readonly ran: boolean;
  /** "done", "exit code 3", "killed by SIGSEGV", "killed by SIGKILL: out of memory (limit 64 MiB)", "could not be started: …". */
  readonly text: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Of one that ran: one of the two. */
  readonly exitCode?: number;
  readonly signal?: string;
  /** Why it could not be started, or that it had too little memory. */
  readonly error?: string;
}

/** A container that runs. */
export interface RunningContainer extends Pick<LaunchedContainer, 'pid' | 'signal' | 'kill' | 'usage' | 'exec'> {
  readonly startedAt: number;
}

/** Seconds that it ran. */
export function secondsOf({ startedAt, endedAt }: Outcome): number {
  return endedAt - startedAt;
}

/** What is told of a container that was started. */
export interface ContainerCalls {
  /** Its first process has ended: nothing is to be asked of it any more. */
  onExit(): void;
  /** Everything that it had is freed. */
  onEnd(outcome: Outcome): void;
}

/** Starts an entry of the boot plan. When it could not be started `onEnd` is called at once, and undefined returned. */
export function startContainer(
  machine: Machine,
  section: Section,
  plan: ContainerPlan,
  calls: ContainerCalls,
): RunningContainer | undefined {
  const { sys, reaper } = machine;
  const startedAt = uptime(sys);
  let launched: { readonly container: LaunchedContainer; readonly log: LogRun };
  try {
    launched = launchLogged(machine, section, plan);
  } catch (failure) {
    const error = describeError(failure);
    const text = `could not be started: ${error}`;
    calls.onEnd({ ok: false, ran: false, text, startedAt, endedAt: uptime(sys), error });
    return undefined;
  }
  const { container, log } = launched;
  reaper.await(container.pid, (ending) => {
    const endedAt = uptime(sys);
    const error = container.outOfMemory();
    log.close();
    calls.onExit();
    container.release(() => calls.onEnd({ ...describeEnding(ending, error), ran: true, startedAt, endedAt }));
  });
  return { ...container, startedAt };
}

function launchLogged(
  machine: Machine,
  section: Section,
  plan: ContainerPlan,
): { readonly container: LaunchedContainer; readonly log: LogRun } {
  const log = machine.logs.of(section, plan).open();
  try {
    const container = machine.launch(machine.sys, plan, log);
    container.start();
    log.closeWriters();
    return { container, log };
  } catch (error) {
    log.close();
    throw error;
  }
}

function describeEnding(
  ending: Ending,
  error: string | undefined,
): Pick<Outcome, 'ok' | 'text' | 'exitCode' | 'signal' | 'error'> {
  const how = 'code' in ending ? { exitCode: ending.code } : { signal: signalName(ending.signal) };
  const facts = { ...how, ...(error === undefined ? {} : { error }) };
  if ('code' in ending && ending.code === 0) return { ok: true, text: 'done', ...facts };
  const text = 'code' in ending ? `exit code ${ending.code}` : `killed by ${signalName(ending.signal)}`;
  if (error === undefined) return { ok: false, text, ...facts };
  const isVictim = 'signal' in ending && ending.signal === SIGKILL;
  return { ok: false, text: `${text}${isVictim ? '' : ', a process of it was killed'}: ${error}`, ...facts };
}
