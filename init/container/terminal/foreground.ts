// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A runtime that stays with its container's process: signals, terminal, exit.

import {
  EPOLL_CTL_ADD,
  EPOLLIN,
  PR_SET_CHILD_SUBREAPER,
  SIG_BLOCK,
  SIGCHLD,
  SIGKILL,
  SIGSTOP,
  SIGURG,
  SIGWINCH,
  WNOHANG,
} from '../../linux.ts';
import { errnoOf } from '../../files.ts';
import type { SignalInfo, Sys } from '../../sys.ts';
import { copyWindowSize, findTerminal, leaveOutCarriageReturns, makeRaw } from './host-terminal.ts';
import { step } from '../step.ts';
import { TerminalRelay } from './terminal-relay.ts';

/** All that can be caught: what is sent to a runtime in the foreground is meant for its container. */
const held: readonly number[] = Array.from({ length: 64 }, (_, index) => index + 1).filter(
  (signal) => signal !== SIGKILL && signal !== SIGSTOP,
);

/** A runtime that stays with its container. */
export interface Foreground {
  /**
   * Takes the runtime's end of a process's terminal, shows it on the caller's from now on and closes it in the end. To be
   * called before the program runs. A caller without a terminal is given the bytes all the same.
   */
  attach(master: number): void;
  /**
   * Passes signals and the terminal's bytes on until the process has ended, reaps it and whatever else was left to the
   * runtime, and returns its raw wait status.
   */
  wait(process: { readonly pid: number; readonly pidfd: number }): number;
  /** Gives the caller's terminal back as it was. To be called at every end, also when nothing was attached. */
  leave(): void;
}

/**
 * Makes ready to stay with a process, before there is one: signals wait from now on, so that none ends the runtime alone.
 */
export function enterForeground(sys: Sys): Foreground {
  // A caller that ignores SIGCHLD would have the kernel reap the process.
  sys.sigreset([]);
  sys.sigprocmask(SIG_BLOCK, held);
  const events = sys.epollCreate();
  let attached: Attached | undefined;
  return {
    attach(master) {
      attached = attach(sys, events, master);
    },
    wait: (process) => step('wait for the process', () => waitForwarding(sys, events, process, attached)),
    leave() {
      attached?.restore();
      attached = undefined;
    },
  };
}

/** Has orphans of the process's tree become the runtime's children, where they would be the caller's (prctl(2)). */
export function becomeSubreaper(sys: Sys): void {
  sys.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/** The terminal of the process on the caller's. */
interface Attached {
  readonly relay: TerminalRelay;
  resize(): void;
  restore(): void;
}

function attach(sys: Sys, events: number, master: number): Attached {
  leaveOutCarriageReturns(sys, master);
  const host = findTerminal(sys);
  const resize = (): void => {
    if (host !== undefined) copyWindowSize(sys, host, master);
  };
  resize();
  const restore = host === undefined ? (): void => undefined : makeRaw(sys, host);
  return { relay: new TerminalRelay(sys, events, master), resize, restore };
}

function waitForwarding(
  sys: Sys,
  events: number,
  { pid, pidfd }: { readonly pid: number; readonly pidfd: number },
  attached: Attached | undefined,
): number {
  const signals = sys.signalfd(held);
  sys.epollCtl(events, EPOLL_CTL_ADD, signals, EPOLLIN);
  const own = sys.getpid();
  let status: number | undefined;
  while (status === undefined) {
    for (const event of sys.epollWait(events, -1)) {
      if (event.fd !== signals) {
        attached?.relay.handle(event.fd, event.events);
        continue;
      }
      const info = sys.readSignal(signals);
      if (info.signal === SIGCHLD) status = reap(sys, pid) ?? status;
      else if (info.signal === SIGWINCH) attached?.resize();
      else if (isForOthers(info, own)) forward(sys, pidfd, info.signal);
    }
  }
  attached?.relay.finish();
  for (const fd of [signals, events]) sys.close(fd);
  return status;
}

/** SIGURG is what runtimes in Go send themselves, and a SIGPIPE comes from a write of our own. */
function isForOthers({ signal, pid }: SignalInfo, own: number): boolean {
  return signal !== SIGURG && pid !== own;
}

function forward(sys: Sys, pidfd: number, signal: number): void {
  try {
    sys.pidfdSendSignal(pidfd, signal);
  } catch (error) {
    // It has ended, and that is about to be told.
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

/** Reaps all that has ended; returns the status of the process when it was among them. */
function reap(sys: Sys, pid: number): number | undefined {
  let status: number | undefined;
  try {
    for (let ended = sys.wait4(-1, WNOHANG); ended.pid > 0; ended = sys.wait4(-1, WNOHANG))
      if (ended.pid === pid) status = ended.status;
  } catch (error) {
    if (errnoOf(error) !== 'ECHILD') throw error;
  }
  return status;
}
