// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan } from '../contract/container-plan.ts';
import type { Ending } from '../ending.ts';
import type { Logs } from '../log/logs.ts';
import type { LogRun } from '../log/run.ts';
import type { Sys } from '../sys.ts';
import type { Console } from './console.ts';
import type { Events } from './events.ts';
import type { Loop } from './loop.ts';
import type { Reaper } from './reaper.ts';
import type { Status } from './status.ts';
import type { Watchdog } from './watchdog.ts';

/** What everything that runs after the boot steps shares. */
export interface Machine {
  readonly sys: Sys;
  readonly loop: Loop;
  readonly console: Console;
  readonly reaper: Reaper;
  readonly status: Status;
  readonly events: Events;
  readonly logs: Logs;
  /** Containers' output goes to the console too (tskit.console on the kernel's command line). */
  readonly echo: boolean;
  readonly launch: Launch;
  readonly watchdog?: Watchdog;
}

/** Makes a container from its bundle, ready to run. Throws when that fails, with nothing left behind. */
export type Launch = (sys: Sys, plan: ContainerPlan, output: Pick<LogRun, 'stdout' | 'stderr'>) => LaunchedContainer;

export interface LaunchedContainer {
  readonly pid: number;
  /** Lets the container's program run. Throws when it cannot be executed, with nothing left behind. */
  start(): void;
  /** Sends a signal to the container's first process; nothing happens when it is gone. */
  signal(number: number): void;
  /** Kills every process of the container. */
  kill(): void;
  /** Runs a further program in the container, which is not waited for; `stdio` may be closed at once. */
  exec(args: readonly string[], stdio: ExecStdio, calls: ProgramCalls): Program;
  /** What its processes use. */
  usage(): Usage;
  /** Why the kernel killed processes of it, when that was for want of memory. To be asked before `release`. */
  outOfMemory(): string | undefined;
  /**
   * Frees what the container had, once its first process has been reaped: processes left in its cgroup, mounts, descriptors, and
   * of a service the interfaces that it was given, so that it can be started again. What is killed for that is not waited for:
   * `onDone` is called once, now or later.
   */
  release(onDone: () => void): void;
}

/** What a further program reads from, nothing by default, and writes into; or the size of the terminal that it gets. */
export type ExecStdio =
  | { readonly input?: number; readonly output: number }
  | { readonly rows: number; readonly columns: number };

/** What is told of a further program. */
export interface ProgramCalls {
  /** It runs. `terminal` is the master of its terminal, to be closed by whoever is called. */
  onStart(terminal: number | undefined): void;
  /** Nothing of it is left. It could not be started when there is a `failure`. */
  onEnd(ending: Ending | { readonly failure: string }): void;
}

/** A program that is about to run or does. */
export interface Program {
  /** Nothing happens when it has ended. */
  kill(): void;
}

/** Absent where nobody keeps account of it. */
export interface Usage {
  /** Bytes. */
  readonly memory?: number;
  /** Seconds of CPU time. */
  readonly cpu?: number;
}
