// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf } from '../files.ts';
import { AF_UNIX, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_SEQPACKET } from '../linux.ts';
import type { Sys } from '../sys.ts';

/**
 * Between the runtime and the process that becomes the container: messages of a word and a text. Both ends are
 * close-on-exec, so the runtime sees the end of the channel when the container's program has started, or the process died.
 */
export interface Message {
  readonly word: string;
  readonly text: string;
  /** Descriptors that came along; the receiver closes them. */
  readonly fds: readonly number[];
}

/** Longest message; an error's text is cut to fit. */
const capacity = 16_384;

/** What is received is decoded at once, so that one buffer serves for all: a new one each time made the heap grow. */
const buffer: Uint8Array = new Uint8Array(capacity);

/** Both ends of a pair of sockets. */
export type Channel = readonly [runtime: number, container: number];

/** A pair that keeps the bounds of messages, closed by execve. */
export function openChannel(sys: Sys): Channel {
  return sys.socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

/** Throws EPIPE, and never gets the signal, when the other side is gone. */
export function sendMessage(sys: Sys, fd: number, word: string, text = '', fds: readonly number[] = []): void {
  sys.sendmsg(fd, sys.encodeUtf8(`${word} ${text}`).subarray(0, capacity), fds, MSG_NOSIGNAL);
}

/**
 * Tells the runtime why a process that it cloned gives up, and ends it. Never throws, whoever is gone: the code that would
 * catch it is the runtime's, which the process has as a copy.
 */
export function sendFailure(sys: Sys, fd: number, error: unknown): never {
  try {
    sendMessage(sys, fd, 'failed', describeError(error));
  } finally {
    sys.exit(1);
  }
}

/** The next message; undefined when the other side is gone, or with MSG_DONTWAIT when none is there. */
export function receiveMessage(sys: Sys, fd: number, flags = 0): Message | undefined {
  const { length, fds } = readPatiently(sys, fd, flags);
  if (length === 0) return undefined;
  const message = sys.decodeUtf8(buffer.subarray(0, length));
  const space = message.indexOf(' ');
  return { word: message.slice(0, space), text: message.slice(space + 1), fds };
}

type Received = Pick<ReturnType<Sys['recvmsg']>, 'length' | 'fds'>;

function readPatiently(sys: Sys, fd: number, flags: number): Received {
  for (;;) {
    try {
      return sys.recvmsg(fd, buffer, flags);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'ECONNRESET' || errno === 'EAGAIN') return { length: 0, fds: [] };
      if (errno !== 'EINTR') throw error;
    }
  }
}

/**
 * Tells the runtime how far the process is, with descriptors when it is to have them, and waits to be let on. Ends the process
 * when the runtime is gone.
 */
export function ask(sys: Sys, fd: number, word: string, fds: readonly number[] = [], text = ''): void {
  sendMessage(sys, fd, word, text, fds);
  awaitGo(sys, fd);
}

/** Waits for the runtime's word to go on. Ends the process when the runtime is gone. */
export function awaitGo(sys: Sys, fd: number): void {
  if (receiveMessage(sys, fd) === undefined) sys.exit(1);
}
