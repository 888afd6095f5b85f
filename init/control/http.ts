// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// As much of HTTP/1.1 (RFC 9112) as the control API needs, over any stream: requests without a body, one after the other; answers
// of a known length, or in chunks; and connections that become something else.

import { errnoOf } from '../files.ts';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT } from '../linux.ts';
import type { CancelTimer, Loop } from '../supervise/loop.ts';
import type { Sys } from '../sys.ts';
import { endOfHead } from './http-answer.ts';
import { answerHead, type HttpRequest, parseRequest } from './http-head.ts';

/** The answer to one request: one of the two is called, now or later. */
export interface HttpAnswer {
  /** JSON. */
  send(status: number, value: unknown): void;
  /** A body that comes bit by bit. */
  stream(type: string): HttpStream;
  /** The client asks for the protocol of exec.ts. */
  readonly canUpgrade: boolean;
  /** That protocol: chunks as of a body, and what the client sends from now on. */
  upgrade(onInput: (bytes: Uint8Array) => void): HttpStream;
}

export interface HttpStream {
  /** Returns false when so much waits for the client that the rest should too: `onDrained` is called then. */
  write(bytes: Uint8Array): boolean;
  /** With a line that comes after the last chunk. */
  end(trailer?: string): void;
  /** Whether what the client sends after an upgrade is to wait in its socket. */
  hold(isHeld: boolean): void;
  /** Set by whoever writes. */
  onDrained: () => void;
  /** Calls once, now or later, when the client is gone. */
  whenClosed(call: () => void): void;
}

const longestHead = 4096;
/** Bytes that may wait for a client of a stream before it is cut off. */
const longestQueue = 1024 * 1024;
const enough = 64 * 1024;
const badRequest = 400;

/**
 * `patience` is what a client has for a request, in seconds; without it the connection is never given up. `onEnd` is called when it
 * is closed.
 */
export function serveHttp(
  { sys, loop }: { readonly sys: Sys; readonly loop: Loop },
  fd: number,
  patience: number | undefined,
  handle: (request: HttpRequest, answer: HttpAnswer) => void,
  onEnd: () => void = () => undefined,
): void {
  const head = new Uint8Array(longestHead);
  let length = 0;
  const queue: Uint8Array[] = [];
  let queued = 0;
  let isOpen = true;
  let hasRead = false;
  let isBusy = false;
  let isLast = false;
  let isHeld = false;
  let canUpgrade = false;
  let onInput: ((bytes: Uint8Array) => void) | undefined;
  let stream: HttpStream | undefined;
  let onClosed = onEnd;
  let cancelPatience: CancelTimer | undefined;

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    cancelPatience?.();
    loop.unwatch(fd);
    sys.close(fd);
    onClosed();
  }

  function watch(): void {
    if (!isOpen) return;
    if (queue.length === 0 && !isBusy && (isLast || hasRead)) return close();
    // What a client sends meanwhile waits in its socket.
    const isDeaf = hasRead || (onInput === undefined ? isBusy : isHeld);
    loop.rewatch(fd, (isDeaf ? 0 : EPOLLIN) | (queue.length > 0 ? EPOLLOUT : 0));
  }

  function flush(): void {
    const before = queued;
    while (isOpen && queue[0] !== undefined) {
      try {
        const count = sys.write(fd, queue[0]);
        queued -= count;
        if (count === queue[0].length) queue.shift();
        else queue[0] = queue[0].subarray(count);
      } catch (error) {
        const errno = errnoOf(error);
        if (errno === undefined) throw error;
        if (errno !== 'EAGAIN') close();
        break;
      }
    }
    watch();
    if (before > enough && queued <= enough) stream?.onDrained();
  }

  function put(...parts: readonly Uint8Array[]): void {
    if (!isOpen) return;
    // Of a client that asks and asks and never reads.
    if (queued > longestQueue) return close();
    for (const bytes of parts) {
      if (bytes.length > 0) queue.push(bytes);
      queued += bytes.length;
    }
    if (queued > longestQueue && stream !== undefined) close();
    else flush();
  }

  const answer: HttpAnswer = {
    send(status, value) {
      const body = sys.encodeUtf8(`${JSON.stringify(value)}\n`);
      takeNext();
      put(sys.encodeUtf8(answerHead(status, 'application/json', `Content-Length: ${body.length}\r\n`)), body);
    },
    stream(type) {
      put(sys.encodeUtf8(answerHead(200, type, 'Transfer-Encoding: chunked\r\n')));
      return open();
    },
    get canUpgrade() {
      return canUpgrade;
    },
    upgrade(to) {
      const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tskit-exec\r\n\r\n';
      onInput = to;
      isLast = true;
      put(sys.encodeUtf8(head));
      loop.after(0, giveInput);
      return open();
    },
  };

  function open(): HttpStream {
    stream = {
      write(bytes) {
        // An empty chunk would be the end.
        if (bytes.length > 0) put(sys.encodeUtf8(`${bytes.length.toString(16)}\r\n`), bytes, sys.encodeUtf8('\r\n'));
        return queued <= enough;
      },
      end(trailer) {
        stream = undefined;
        onInput = undefined;
        onClosed = onEnd;
        takeNext();
        put(sys.encodeUtf8(`0\r\n${trailer === undefined ? '' : `${trailer}\r\n`}\r\n`));
      },
      hold(isWanted) {
        isHeld = isWanted;
        watch();
      },
      onDrained: () => undefined,
      whenClosed(call) {
        if (!isOpen) return call();
        onClosed = () => {
          call();
          onEnd();
        };
      },
    };
    return stream;
  }

  /** What has come after an upgrade. */
  function giveInput(): void {
    const count = length;
    length = 0;
    if (count > 0) onInput?.(head.subarray(0, count));
  }

  function refuse(): void {
    isLast = true;
    answer.send(badRequest, { error: 'expected a request of HTTP/1.1' });
  }

  function takeRequest(): void {
    if (!isOpen) return;
    const end = endOfHead(head, length);
    if (end < 0) {
      if (length === longestHead) refuse();
      return;
    }
    const text = sys.decodeUtf8(head.subarray(0, end));
    head.copyWithin(0, end, length);
    length -= end;
    const request = parseRequest(text);
    if (request === undefined) return refuse();
    canUpgrade = /\r\nUpgrade: *tskit-exec\r\n/i.test(text);
    cancelPatience?.();
    isBusy = true;
    watch();
    handle(request, answer);
  }

  /** The next request may be here already. */
  function takeNext(): void {
    isBusy = !isLast && endOfHead(head, length) >= 0;
    if (isBusy) loop.after(0, takeRequest);
    else waitForRequest();
  }

  function waitForRequest(): void {
    cancelPatience?.();
    if (patience !== undefined) cancelPatience = loop.after(patience, runOut);
  }

  /** A request that has come in time waits in the socket when it is PID 1 that was late. */
  function runOut(): void {
    cancelPatience = undefined;
    if (!isLast && !hasRead) read();
    const hasTaken = isBusy || cancelPatience !== undefined;
    if (!hasTaken) close();
  }

  function read(): void {
    try {
      const count = sys.read(fd, head.subarray(length));
      length += count;
      hasRead ||= count === 0;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      if (errno !== 'EAGAIN') close();
      return;
    }
    // Whoever has a program in a container hangs up on it.
    if (hasRead && onInput !== undefined) close();
    else if (hasRead) watch();
    else if (onInput !== undefined) giveInput();
    else takeRequest();
  }

  loop.watch(fd, EPOLLIN, (events) => {
    if ((events & EPOLLIN) !== 0 && !hasRead && (onInput === undefined ? !isBusy : !isHeld)) read();
    if (isOpen && (events & EPOLLOUT) !== 0) flush();
    if (isOpen && (events & (EPOLLHUP | EPOLLERR)) !== 0) close();
  });
  waitForRequest();
}
