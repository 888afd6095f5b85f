// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// As much of HTTP/1.1 (RFC 9112) as the control API needs, over any stream: requests without a body, one after the other; answers
// of a known length, or such that end with the connection.

import { errnoOf } from '../files.ts';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT } from '../linux.ts';
import type { CancelTimer, Loop } from '../supervise/loop.ts';
import type { Sys } from '../sys.ts';

export interface HttpRequest {
  readonly method: string;
  /** Without the query, still percent-encoded. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
}

/** The answer to one request: one of the two is called, now or later. */
export interface HttpAnswer {
  /** JSON. */
  send(status: number, value: unknown): void;
  /** A body that comes bit by bit. */
  stream(type: string): HttpStream;
}

export interface HttpStream {
  /** Returns false when so much waits for the client that the rest should too: `onDrained` is called then. */
  write(bytes: Uint8Array): boolean;
  end(): void;
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
const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
};

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
    loop.rewatch(fd, (isBusy || hasRead ? 0 : EPOLLIN) | (queue.length > 0 ? EPOLLOUT : 0));
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

  function begin(status: number, type: string, more: string): Uint8Array {
    const line = `HTTP/1.1 ${status} ${reasons[status] ?? ''}`;
    return sys.encodeUtf8(`${line}\r\nContent-Type: ${type}\r\n${more}\r\n`);
  }

  const answer: HttpAnswer = {
    send(status, value) {
      const body = sys.encodeUtf8(`${JSON.stringify(value)}\n`);
      // The next request may be here already.
      isBusy = !isLast && endOfHead(head, length) >= 0;
      if (isBusy) loop.after(0, takeRequest);
      else waitForRequest();
      put(begin(status, 'application/json', `Content-Length: ${body.length}\r\n`), body);
    },
    stream(type) {
      put(begin(200, type, 'Connection: close\r\n'));
      isLast = true;
      stream = {
        write(bytes) {
          put(bytes);
          return queued <= enough;
        },
        end() {
          isBusy = false;
          flush();
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
    },
  };

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
    cancelPatience?.();
    isBusy = true;
    watch();
    handle(request, answer);
  }

  function waitForRequest(): void {
    cancelPatience?.();
    if (patience !== undefined) cancelPatience = loop.after(patience, close);
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
    if (hasRead) watch();
    else takeRequest();
  }

  loop.watch(fd, EPOLLIN, (events) => {
    if ((events & EPOLLIN) !== 0 && !isBusy && !hasRead) read();
    if (isOpen && (events & EPOLLOUT) !== 0) flush();
    if (isOpen && (events & (EPOLLHUP | EPOLLERR)) !== 0) close();
  });
  waitForRequest();
}

/** Where the first empty line ends; -1 when it is not there yet. */
export function endOfHead(bytes: Uint8Array, length: number): number {
  for (let at = 3; at < length; at += 1)
    if (bytes[at] === 10 && bytes[at - 1] === 13 && bytes[at - 2] === 10 && bytes[at - 3] === 13) return at + 1;
  return -1;
}

function parseRequest(head: string): HttpRequest | undefined {
  const match = /^([A-Z]+) (\/[^ ?]*)(?:\?([^ ]*))? HTTP\/1\.[01]\r\n/.exec(head);
  // A body would be taken for the next request.
  const hasBody = /\r\n(?:Content-Length: *[^0\r ]|Transfer-Encoding:)/i.test(head);
  if (match === null || hasBody) return undefined;
  const [, method = '', path = '', query = ''] = match;
  const pairs = query.split('&').map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return at < 0 ? [pair, ''] : [pair.slice(0, at), decode(pair.slice(at + 1))];
  });
  return { method, path, query: new Map(pairs) };
}

/** Text with %XX, as it is when it is none. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
