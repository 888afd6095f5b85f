// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { EPOLL_CTL_ADD, EPOLLIN, SIG_BLOCK, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { step } from './step.ts';

/** What is sent to a runtime in the foreground is meant for its container: a terminal's keys, a supervisor's stop. */
const forwarded: readonly number[] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/** Keeps the signals to forward, from before the container exists, so that none ends the runtime alone. */
export function holdSignals(sys: Sys): void {
  sys.sigprocmask(SIG_BLOCK, forwarded);
}

/** Sends held signals on to the container until it has ended, reaps it and returns its raw wait status. */
export function waitForwarding(sys: Sys, pid: number, pidfd: number): number {
  const signals = sys.signalfd(forwarded);
  const events = sys.epollCreate();
  step('wait for the container', () => {
    for (const fd of [signals, pidfd]) sys.epollCtl(events, EPOLL_CTL_ADD, fd, EPOLLIN);
    for (;;) {
      for (const { fd } of sys.epollWait(events, -1)) {
        if (fd === pidfd) return;
        sys.pidfdSendSignal(pidfd, sys.readSignal(signals).signal);
      }
    }
  });
  sys.close(events);
  sys.close(signals);
  return sys.wait4(pid, 0).status;
}
