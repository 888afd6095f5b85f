// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Further programs in containers. Until such a one runs somebody has to wait for it: its container may be frozen or have next to
// no CPU time, its file may lie on FUSE. That is done by a process in between, and PID 1 is told by messages.

import { ask, type Message, openChannel, receiveMessage, sendFailure, sendMessage } from '../container/channel.ts';
import { closeOthers } from '../container/descriptors.ts';
import type { ExecutedProcess } from '../container/exec.ts';
import { errnoOf } from '../files.ts';
import { CLONE_PIDFD, EPOLLIN, MSG_DONTWAIT, SIGCHLD, SIGKILL } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Loop } from './loop.ts';
import type { Program, ProgramCalls } from './machine.ts';
import type { Reaper } from './reaper.ts';

/** What PID 1 holds of the loop. */
interface Held {
  readonly sys: Sys;
  readonly loop: Loop;
  readonly reaper: Reaper;
  /** Told of what the program starts without although it was asked for. */
  readonly warn: (text: string) => void;
}

/** Starts the program and waits until it runs. What it is given passes things on to PID 1. */
type Start = (to: {
  /** To be called as soon as there is a process. */
  readonly onSpawned: (pid: number) => void;
  readonly warn: (text: string) => void;
}) => ExecutedProcess;

/**
 * Has `start` run in a process of its own, which keeps the descriptors `needed` of those that are open. The program becomes a
 * child of PID 1 when that process ends, which it does once PID 1 knows of it.
 */
export function startProgram(
  { sys, loop, reaper, warn }: Held,
  start: Start,
  needed: readonly number[],
  calls: ProgramCalls,
): Program {
  const [channel, theirs] = openChannel(sys);
  const starter = cloneStarter(sys, channel, theirs);
  if (starter.pid === 0) return runStarter(sys, theirs, start, needed);
  sys.close(theirs);
  let phase: 'starting' | 'killed' | 'running' | 'over' = 'starting';
  /** The program's process, as soon as there is one. */
  let pidfd: number | undefined;
  let failure: string | undefined;
  let isOpen = true;

  loop.watch(channel, EPOLLIN, () => take(receive()));
  reaper.await(starter.pid, () => {
    for (let message = receive(); message !== undefined; message = receive()) take(message, true);
    closeChannel();
    sys.close(starter.pidfd);
    if (phase === 'starting' || phase === 'killed') endWithout(failure ?? 'it was killed before it ran');
  });

  /** What the starter says; `isGone` when it has ended meanwhile, so that the program may be reaped already. */
  function take(message: Message | undefined, isGone = false): void {
    if (message === undefined) return closeChannel();
    const { word, text, fds } = message;
    if (word === 'spawned') [pidfd] = fds;
    else if (word === 'failed') failure = text;
    else if (word === 'warning') warn(text);
    else if (isGone || phase !== 'starting' || !isWelcome(Number(text))) for (const fd of fds) sys.close(fd);
    else run(Number(text), fds[0]);
  }

  function receive(): Message | undefined {
    return isOpen ? receiveMessage(sys, channel, MSG_DONTWAIT) : undefined;
  }

  /** Lets the starter end, and the program become our child. */
  function isWelcome(pid: number): boolean {
    if (pidfd === undefined) {
      // Its number is its own, as its starter has not reaped it.
      failure = 'too many open descriptors';
      sys.kill(pid, SIGKILL);
      closeChannel();
      return false;
    }
    try {
      sendMessage(sys, channel, 'go');
      return true;
    } catch (error) {
      // The starter is dead, as at its end is found.
      if (errnoOf(error) === undefined) throw error;
      return false;
    }
  }

  /** Nobody reaps it before: that is for a later turn of the loop. */
  function run(pid: number, terminal: number | undefined): void {
    phase = 'running';
    reaper.await(pid, (ending) => {
      phase = 'over';
      if (pidfd !== undefined) sys.close(pidfd);
      calls.onEnd(ending);
    });
    calls.onStart(terminal);
  }

  function closeChannel(): void {
    if (!isOpen) return;
    isOpen = false;
    loop.unwatch(channel);
    sys.close(channel);
  }

  /** Once its process, if there is one, is gone too: who reaped that does not matter. */
  function endWithout(why: string): void {
    phase = 'killed';
    const process = pidfd;
    const end = (): void => {
      phase = 'over';
      calls.onEnd({ failure: why });
    };
    if (process === undefined) return end();
    signal(process);
    loop.watch(process, EPOLLIN, () => {
      loop.unwatch(process);
      sys.close(process);
      end();
    });
  }

  function signal(process: number): void {
    try {
      sys.pidfdSendSignal(process, SIGKILL);
    } catch (error) {
      if (errnoOf(error) !== 'ESRCH') throw error;
    }
  }

  return {
    kill() {
      if (phase === 'over') return;
      if (pidfd !== undefined) signal(pidfd);
      if (phase !== 'starting') return;
      phase = 'killed';
      killGroup(sys, starter.pid);
      signal(starter.pidfd);
    },
  };
}

function cloneStarter(sys: Sys, channel: number, theirs: number): { readonly pid: number; readonly pidfd: number } {
  try {
    return sys.clone3({ flags: CLONE_PIDFD, exitSignal: SIGCHLD });
  } catch (error) {
    for (const fd of [channel, theirs]) sys.close(fd);
    throw error;
  }
}

/** It leads a group, of which whoever it has cloned is one until it makes a session of its own. */
function killGroup(sys: Sys, pid: number): void {
  try {
    sys.kill(-pid, SIGKILL);
  } catch (error) {
    // It has not come so far.
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}

/** In the process in between. What PID 1 has open it must not keep open, or nobody would see PID 1 close it. */
function runStarter(sys: Sys, channel: number, start: Start, needed: readonly number[]): never {
  try {
    sys.setsid();
    closeOthers(sys, [], [channel, ...needed]);
    const { pid, terminal } = start({
      onSpawned: (process) => sendMessage(sys, channel, 'spawned', '', [sys.pidfdOpen(process, 0)]),
      warn: (text) => sendMessage(sys, channel, 'warning', text),
    });
    ask(sys, channel, 'running', terminal === undefined ? [] : [terminal], String(pid));
    return sys.exit(0);
  } catch (error) {
    return sendFailure(sys, channel, error);
  }
}
