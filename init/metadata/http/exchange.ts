// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf } from '../../files.ts';
import {
  AF_INET,
  EPOLLIN,
  EPOLLOUT,
  MSG_NOSIGNAL,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../linux.ts';
import type { CancelTimer, Loop } from '../../supervise/loop.ts';
import type { Sys } from '../../sys.ts';
import { type Ask, type Reply, withText } from '../ask.ts';
import { type Allowance, RefusedError } from './allowance.ts';
import { ReplyReader } from './reply.ts';

/** What waits and asks. */
export interface Network {
  readonly sys: Sys;
  readonly loop: Loop;
  /** What the bodies of all answers may have together. */
  readonly allowance: Allowance;
}

const httpPort = 80;
/** Ports that only root has; those of known services are below. */
const highestPrivileged = 1023;
const lowestPrivileged = 700;

const errnoNames: Readonly<Record<number, string>> = {
  101: 'ENETUNREACH',
  104: 'ECONNRESET',
  110: 'ETIMEDOUT',
  111: 'ECONNREFUSED',
  113: 'EHOSTUNREACH',
};

/** One request to an address. Calls `done` once, at the latest after that many seconds. */
export function exchange(
  { sys, loop, allowance }: Network,
  ask: Ask,
  address: string,
  seconds: number,
  done: (reply: Reply) => void,
): void {
  const reader = new ReplyReader(ask.most, allowance);
  const buffer = new Uint8Array(64 * 1024);
  let isConnected = false;
  let cancelTimer: CancelTimer = () => undefined;
  let socket: number;
  try {
    socket = sys.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  } catch (error) {
    done({ failure: describeError(error) });
    return;
  }

  function finish(reply: Reply): void {
    if ('failure' in reply) reader.release();
    cancelTimer();
    loop.unwatch(socket);
    sys.close(socket);
    done(reply);
  }

  function attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (errnoOf(error) === 'EAGAIN') return;
      const failure = describeError(error);
      finish(error instanceof RefusedError ? { failure, isFinal: true } : { failure });
    }
  }

  function send(): void {
    const errno = sys.getsockopt(socket, SOL_SOCKET, SO_ERROR);
    if (errno !== 0) {
      finish({ failure: `connect ${address}:${httpPort}: ${errnoNames[errno] ?? `errno ${errno}`}` });
      return;
    }
    isConnected = true;
    // A request fits into any socket's buffer.
    sys.sendmsg(socket, sys.encodeUtf8(requestText(ask)), [], MSG_NOSIGNAL);
    loop.rewatch(socket, EPOLLIN);
  }

  function receive(): void {
    const count = sys.read(socket, buffer);
    if (count === 0) reader.end();
    else reader.push(buffer.subarray(0, count));
    const { answer } = reader;
    if (answer === undefined) return;
    finish(withText(answer, (bytes) => sys.decodeUtf8(bytes)));
  }

  loop.watch(socket, EPOLLOUT, () => attempt(isConnected ? receive : send));
  cancelTimer = loop.after(seconds, () => {
    finish({
      failure: `${isConnected ? 'no whole answer' : `connect ${address}:${httpPort}: nothing came`} within ${Number(seconds.toFixed(1))} s`,
    });
  });
  const problem = begin(sys, socket, ask, address);
  if (problem !== undefined) finish(problem);
}

/** What went wrong, when it did at once. */
function begin(sys: Sys, socket: number, { isPrivileged }: Ask, address: string): Reply | undefined {
  try {
    if (isPrivileged) bindPrivileged(sys, socket);
  } catch (error) {
    return { failure: describeError(error), isFinal: true };
  }
  try {
    sys.connect(socket, { family: AF_INET, address, port: httpPort });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'EINPROGRESS') return { failure: `connect ${address}:${httpPort}: ${errno ?? describeError(error)}` };
  }
  return undefined;
}

function bindPrivileged(sys: Sys, socket: number): void {
  for (let port = highestPrivileged; ; port -= 1) {
    try {
      sys.bind(socket, { family: AF_INET, address: '0.0.0.0', port });
      return;
    } catch (error) {
      if (errnoOf(error) === 'EADDRINUSE' && port > lowestPrivileged) continue;
      throw new Error(`a port below 1024, which takes CAP_NET_BIND_SERVICE: ${describeError(error)}`, { cause: error });
    }
  }
}

/** A whole request. Bodies are ASCII. */
export function requestText({ method, host, name = host, path, headers = {}, body = '' }: Ask): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${name}`,
    'User-Agent: tskit',
    'Accept: */*',
    'Accept-Encoding: identity',
    ...Object.entries(headers).map(([key, value]) => `${key}: ${value}`),
    ...(method === 'GET' ? [] : [`Content-Length: ${body.length}`]),
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
