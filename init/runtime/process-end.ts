// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isCgroupFrozen, thawCgroup } from '../container/cgroup/freeze.ts';
import { killAll } from '../container/cgroup/kill.ts';
import { errnoOf } from '../files.ts';
import { EPOLL_CTL_ADD, EPOLLIN, SIGKILL } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { ContainerState } from './state-file.ts';
import { isAlive } from './status.ts';

/** Containerd knows a container that has ended by these words. */
export const notRunningMessage = 'container not running';

/** Sends a signal to the container's own process and to nobody else: its pid may be another's by now. Throws notRunningMessage. */
export function signalProcess(sys: Sys, { process, cgroup }: ContainerState, signal: number): void {
  if (!withProcess(sys, process, (pidfd) => sys.pidfdSendSignal(pidfd, signal))) throw new Error(notRunningMessage);
  // In a frozen v1 cgroup the dead stay until they are thawed.
  if (signal === SIGKILL && cgroup !== undefined && isCgroupFrozen(sys, cgroup)) thawCgroup(sys, cgroup);
}

const patience = 10_000;

/** Kills all of the container's processes and waits until its own one has ended. Throws an Error when it does not in 10 s. */
export function endProcesses(sys: Sys, state: ContainerState): void {
  const { process, cgroup } = state;
  if (cgroup !== undefined) killAll(sys, cgroup, SIGKILL);
  withProcess(sys, process, (pidfd) => {
    sys.pidfdSendSignal(pidfd, SIGKILL);
    const events = sys.epollCreate();
    try {
      sys.epollCtl(events, EPOLL_CTL_ADD, pidfd, EPOLLIN);
      if (sys.epollWait(events, patience).length === 0)
        throw new Error(`process ${process?.pid}: expected it to end within ${patience / 1000} s of SIGKILL`);
    } finally {
      sys.close(events);
    }
  });
}

/** Runs `act` on the process by a descriptor; false, without running it, when it is not there any more. */
function withProcess(sys: Sys, process: ContainerState['process'], act: (pidfd: number) => void): boolean {
  const pidfd = openProcess(sys, process);
  if (pidfd === undefined) return false;
  try {
    act(pidfd);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    throw error;
  } finally {
    sys.close(pidfd);
  }
}

/** A descriptor of the very process; undefined when it is not there any more. The caller closes it. */
export function openProcess(sys: Sys, process: ContainerState['process']): number | undefined {
  if (process === undefined) return undefined;
  let pidfd: number;
  try {
    pidfd = sys.pidfdOpen(process.pid, 0);
  } catch (error) {
    // Nobody has the pid, or it is a thread's by now.
    if (errnoOf(error) === 'ESRCH' || errnoOf(error) === 'EINVAL') return undefined;
    throw error;
  }
  if (isAlive(sys, process)) return pidfd;
  sys.close(pidfd);
  return undefined;
}
