// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Where a created container waits for `start` when the command that created it is gone: a listening socket in the
// container's folder. The container's process holds it; the file is there until someone has come to start it.

import { errnoOf } from '../files.ts';
import {
  AF_UNIX,
  AT_FDCWD,
  EPOLLIN,
  EPOLL_CTL_ADD,
  O_CLOEXEC,
  O_PATH,
  SIGHUP,
  SIGINT,
  SIGQUIT,
  SIGTERM,
  SIGUSR1,
  SIGUSR2,
  SIG_BLOCK,
  SOCK_CLOEXEC,
  SOCK_SEQPACKET,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import { receiveMessage, sendMessage } from './channel.ts';
import { nameOf, parentOf } from './path.ts';
import { awaitExecve, type ListenerRequest } from './seccomp/seccomp-listener.ts';
import { step } from './step.ts';

/** The way to a container that waits at its gate. */
export interface StartGate {
  /**
   * Lets the program run; returns when its execve has happened. Throws an Error with the process's own words when it could
   * not come to that; the process has ended then, or is about to. `request` is for a process with a seccomp listener.
   */
  go(request: () => ListenerRequest): void;
  /** Goes away without a word: the process ends. */
  close(): void;
}

/** Makes the socket at an absolute path, for the container's process to inherit. Whoever may write to it may start. */
export function listenAtGate(sys: Sys, path: string): number {
  return step(`listen at ${path}`, () => {
    const fd = sys.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    try {
      withShortPath(sys, path, (short) => sys.bind(fd, { family: AF_UNIX, path: short }));
      sys.listen(fd, 1);
      return fd;
    } catch (error) {
      sys.close(fd);
      throw error;
    }
  });
}

/** Takes the file of a gate away whose container was not created. */
export function removeGate(sys: Sys, path: string): void {
  try {
    sys.unlinkat(AT_FDCWD, path, 0);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** Those that end an ordinary process and are sent for that. */
const ending: readonly number[] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/**
 * In the container's process, before anyone can take it for created: keeps signals for awaitStart. PID 1 of a namespace would
 * never see them (pid_namespaces(7)). Its program starts with an empty mask.
 */
export function holdEndingSignals(sys: Sys): void {
  sys.sigprocmask(SIG_BLOCK, ending);
}

/**
 * In the container's process: waits for whoever starts it and returns the connection, to be told of failures; execve closes
 * it. Ends the process when that one goes away without the word, and at a signal (holdEndingSignals).
 */
export function awaitStart(sys: Sys, listening: number): number {
  const starter = acceptUnlessEnded(sys, listening);
  sys.close(listening);
  if (receiveMessage(sys, starter)?.word !== 'go') sys.exit(1);
  return starter;
}

function acceptUnlessEnded(sys: Sys, listening: number): number {
  const opened: number[] = [];
  try {
    waitOrEnd(sys, listening, opened);
  } catch (error) {
    // The limit of descriptors that the container is given may leave no room: signals wait for the start then.
    if (errnoOf(error) !== 'EMFILE') throw error;
  } finally {
    for (const fd of opened) sys.close(fd);
  }
  return acceptPatiently(sys, listening);
}

/** Returns when someone has come. */
function waitOrEnd(sys: Sys, listening: number, opened: number[]): void {
  const signals = sys.signalfd(ending);
  opened.push(signals);
  const events = sys.epollCreate();
  opened.push(events);
  for (const fd of [listening, signals]) sys.epollCtl(events, EPOLL_CTL_ADD, fd, EPOLLIN);
  for (;;) {
    const ready = new Set(sys.epollWait(events, -1).map(({ fd }) => fd));
    if (ready.has(signals)) sys.exit(128 + sys.readSignal(signals).signal);
    if (ready.has(listening)) return;
  }
}

function acceptPatiently(sys: Sys, listening: number): number {
  for (;;) {
    try {
      return sys.accept4(listening, 0);
    } catch (error) {
      // A signal, or someone who went away while waiting to be let in (accept(2)).
      if (errnoOf(error) !== 'EINTR' && errnoOf(error) !== 'ECONNABORTED') throw error;
    }
  }
}

/**
 * Comes to the gate at `path` and takes its file away, so that a container is started once. Throws an Error when there is
 * none (the container is started already) or nobody waits at it (its process is dead).
 */
export function openGate(sys: Sys, path: string): StartGate {
  const fd = sys.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  try {
    step(`come to the start gate ${path}`, () => {
      withShortPath(sys, path, (short) => sys.connect(fd, { family: AF_UNIX, path: short }));
      removeGate(sys, path);
    });
  } catch (error) {
    sys.close(fd);
    throw error;
  }
  return {
    go(request) {
      try {
        sendMessage(sys, fd, 'go');
        awaitExecve(sys, fd, request);
      } finally {
        sys.close(fd);
      }
    },
    close: () => sys.close(fd),
  };
}

/** A socket's address holds 107 bytes (unix(7)), and folders of containers are often deeper: it is named by its folder's descriptor. */
function withShortPath(sys: Sys, path: string, run: (short: string) => void): void {
  const folder = sys.openat(AT_FDCWD, parentOf(path), O_PATH | O_CLOEXEC, 0);
  try {
    run(`/proc/self/fd/${folder}/${nameOf(path)}`);
  } finally {
    sys.close(folder);
  }
}
