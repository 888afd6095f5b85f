// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A filter with SCMP_ACT_NOTIFY has a listener, the descriptor by which another process decides calls. It comes to be in the
// container's process, which may do next to nothing from then on, and goes to the socket linux.seccomp.listenerPath
// (config-linux.md, The Container Process State). So it is taken by the runtime:
//   1. the process tells which number it will have ("listener"), and waits for "take" or "send"
//   2. it loads the filter
//   3. the runtime takes the descriptor out of it, as soon as it is there; where it may not, the process sends it
//   4. the process waits for a word in read(2), since execve would close the descriptor. A filter that has read(2) decided,
//      too, is answered by then.

import type { LinuxSeccomp } from '../../contract/linux-config.ts';
import { errnoOf } from '../../files.ts';
import { AF_UNIX, F_DUPFD_CLOEXEC, MSG_DONTWAIT, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_STREAM } from '../../linux.ts';
import { stringifyJson } from '../../json.ts';
import type { Sys } from '../../sys.ts';
import { type Message, receiveMessage, sendMessage } from '../channel.ts';
import type { HookState } from '../hooks.ts';
import { forEver, type Wait } from '../patience.ts';
import { step } from '../step.ts';

/** The word of the message that a process sends before it loads such a filter. */
export const listenerWord = 'listener';

/** What an agent is told along with a listener. */
export interface ListenerRequest {
  /** linux.seccomp.listenerPath; one that starts with "@" is of the abstract namespace, as in Go. */
  readonly path: string;
  readonly metadata?: string;
  /** The process whose filter it is, as the runtime sees it. */
  readonly pid: number;
  /** runtime.md, State. */
  readonly state: HookState;
}

const pollInterval = 200_000;

/** The request of a process, from its container's configuration. */
export function listenerRequest(seccomp: LinuxSeccomp | undefined, pid: number, state: HookState): ListenerRequest {
  const { listenerPath: path = '', listenerMetadata: metadata } = seccomp ?? {};
  return { path, pid, state, ...(metadata === undefined ? {} : { metadata }) };
}

/**
 * Waits until a process that was let go runs its program: that is the end of the channel without a word, as execve closes the
 * process's end. Passes on its seccomp listener meanwhile. Throws an Error with the process's own words when it fails.
 */
export function awaitExecve(sys: Sys, channel: number, request: () => ListenerRequest, wait: Wait = forEver): void {
  for (;;) {
    wait(channel);
    const message = receiveMessage(sys, channel);
    if (message === undefined) return;
    if (message.word !== listenerWord) throw new Error(message.text);
    passListener(sys, channel, message, request());
  }
}

/** In the container's process: has the filter loaded by `load`, which returns the listener, and passes that on. */
export function offerListener(sys: Sys, runtime: number, load: () => number): void {
  // The kernel gives the lowest number that is free, and nothing else opens anything in between.
  const number = sys.fcntl(runtime, F_DUPFD_CLOEXEC, 0);
  sys.close(number);
  const answer = new Uint8Array(16);
  sendMessage(sys, runtime, listenerWord, `${number} ${runtime}`);
  const word = receiveMessage(sys, runtime)?.word;
  if (word === undefined) sys.exit(1);
  const listener = load();
  if (word === 'send') sys.sendmsg(runtime, sys.encodeUtf8(listenerWord), [listener], MSG_NOSIGNAL);
  sys.read(runtime, answer);
}

/**
 * In the runtime: answers such a message of the process at the other end of `channel`, takes its listener and sends it to
 * the socket. The agent there is reached before the filter is loaded, so that no call waits for one that is missing. Throws
 * an Error, with the process's own words when it failed; the process is to be killed then.
 */
export function passListener(sys: Sys, channel: number, message: Message, request: ListenerRequest): void {
  const agent = connectAgent(sys, request.path);
  try {
    const listener = takeListener(sys, channel, message.text, request.pid);
    try {
      sendMessage(sys, channel, 'go');
      sendState(sys, agent, listener, request);
    } finally {
      sys.close(listener);
    }
  } finally {
    sys.close(agent);
  }
}

function connectAgent(sys: Sys, path: string): number {
  const address = path.startsWith('@') ? `\0${path.slice(1)}` : path;
  return step(`failed to connect with seccomp agent "${path}" (linux.seccomp.listenerPath)`, () => {
    const fd = sys.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    try {
      sys.connect(fd, { family: AF_UNIX, path: address });
      return fd;
    } catch (error) {
      sys.close(fd);
      throw error;
    }
  });
}

/** `numbers`: the one that the listener will have, and one that the process has open already. */
function takeListener(sys: Sys, channel: number, numbers: string, pid: number): number {
  const [number, present] = numbers.split(' ').map(Number);
  if (number === undefined || present === undefined)
    throw new Error(`seccomp listener: expected two numbers, found "${numbers}"`);
  const pidfd = sys.pidfdOpen(pid, 0);
  try {
    if (!mayTake(sys, pidfd, present)) return receiveListener(sys, channel);
    sendMessage(sys, channel, 'take');
    for (;;) {
      const listener = takeIfPresent(sys, pidfd, number);
      if (listener !== undefined) return listener;
      const failure = receiveMessage(sys, channel, MSG_DONTWAIT);
      if (failure !== undefined) throw new Error(failure.text);
      sys.nanosleep(pollInterval);
    }
  } finally {
    sys.close(pidfd);
  }
}

/** A runtime without CAP_SYS_PTRACE over the process may not (pidfd_getfd(2)). */
function mayTake(sys: Sys, pidfd: number, present: number): boolean {
  try {
    sys.close(sys.pidfdGetfd(pidfd, present, 0));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EPERM') return false;
    throw error;
  }
}

function takeIfPresent(sys: Sys, pidfd: number, number: number): number | undefined {
  try {
    return sys.pidfdGetfd(pidfd, number, 0);
  } catch (error) {
    if (errnoOf(error) === 'EBADF') return undefined;
    throw error;
  }
}

function receiveListener(sys: Sys, channel: number): number {
  sendMessage(sys, channel, 'send');
  const message = receiveMessage(sys, channel);
  const [listener] = message?.fds ?? [];
  if (listener !== undefined) return listener;
  throw new Error(
    message?.text ?? 'its process could not send its seccomp listener: the filter has to allow sendmsg here',
  );
}

/** One message a connection; the descriptor goes with its first part. */
function sendState(sys: Sys, agent: number, listener: number, { path, metadata, pid, state }: ListenerRequest): void {
  const { ociVersion } = state;
  const bytes = sys.encodeUtf8(
    stringifyJson({ ociVersion, fds: ['seccompFd'], pid, ...(metadata === undefined ? {} : { metadata }), state }),
  );
  step(`send the seccomp listener to "${path}" (linux.seccomp.listenerPath)`, () => {
    let sent = sys.sendmsg(agent, bytes, [listener], MSG_NOSIGNAL);
    while (sent < bytes.length) sent += sys.sendmsg(agent, bytes.subarray(sent), [], MSG_NOSIGNAL);
  });
}
