// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ContainerPlan } from '../contract.ts';
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
  /** Runs a further program in the container. Its process is to be reaped, `pidfd` and `terminal` to be closed. */
  exec(args: readonly string[], stdio: ExecStdio): ExecProcess;
  /** What its processes use. */
  usage(): Usage;
  /** Why the kernel killed processes of it, when that was for want of memory. To be asked before `release`. */
  outOfMemory(): string | undefined;
  /**
   * Frees what the container had, once its first process has been reaped: processes left in its cgroup, mounts, descriptors, and
   * of a service the interfaces that it was given, so that it can be started again.
   */
  release(): void;
}

/** What a further program reads from, nothing by default, and writes into; or the size of the terminal that it gets. */
export type ExecStdio =
  | { readonly input?: number; readonly output: number }
  | { readonly rows: number; readonly columns: number };

export interface ExecProcess {
  readonly pid: number;
  readonly pidfd: number;
  /** The master of its terminal. */
  readonly terminal?: number | undefined;
}

/** Absent where nobody keeps account of it. */
export interface Usage {
  /** Bytes. */
  readonly memory?: number;
  /** Seconds of CPU time. */
  readonly cpu?: number;
}
