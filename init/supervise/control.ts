// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { controlSocket, type SystemStatus } from '../contract.ts';
import { errnoOf } from '../files.ts';
import {
  AF_UNIX,
  AT_FDCWD,
  EPOLLIN,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { CancelTimer } from './loop.ts';
import type { Machine } from './machine.ts';
import type { StopKind } from './signals.ts';

// The protocol: a client sends one line, a ControlRequest as JSON, and gets one line back, a ControlReply.

/** What tsctl asks. */
export interface ControlRequest {
  readonly command: 'status' | StopKind;
}

/** `status` is the SystemStatus that was asked for. */
export type ControlReply =
  | { readonly ok: true; readonly status?: SystemStatus }
  | { readonly ok: false; readonly error: string };

const longestRequest = 4096;
/** Seconds that a client has for its request. */
const patience = 5;
const backlog = 16;
const newline = 10;

/** Listens on controlSocket. Only root is answered: a container that has the socket bound in may run as anyone. */
export function serveControl(machine: Machine, onRequest: (kind: StopKind) => void): void {
  const { sys, loop } = machine;
  const socket = sys.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sys.bind(socket, { family: AF_UNIX, path: controlSocket });
  sys.fchmodat(AT_FDCWD, controlSocket, 0o600);
  sys.listen(socket, backlog);
  loop.watch(socket, EPOLLIN, () => {
    try {
      serveClient(machine, sys.accept4(socket, SOCK_CLOEXEC | SOCK_NONBLOCK), onRequest);
    } catch (error) {
      // The client is gone already, or we have no descriptor for it: it sees a closed connection.
      if (errnoOf(error) === undefined) throw error;
    }
  });
}

function serveClient(machine: Machine, fd: number, onRequest: (kind: StopKind) => void): void {
  const { sys, loop } = machine;
  const buffer = new Uint8Array(longestRequest);
  let length = 0;

  function close(): void {
    cancel();
    loop.unwatch(fd);
    sys.close(fd);
  }

  function onReadable(): void {
    let count: number;
    try {
      count = sys.read(fd, buffer.subarray(length));
    } catch (error) {
      if (errnoOf(error) === 'EAGAIN') return;
      count = 0;
    }
    length += count;
    const end = buffer.subarray(0, length).indexOf(newline);
    if (end < 0 && count > 0 && length < longestRequest) return;
    const { reply, kind } = answer(machine, fd, end < 0 ? '' : sys.decodeUtf8(buffer.subarray(0, end)));
    if (count > 0) sendReply(sys, fd, reply);
    close();
    if (kind !== undefined) onRequest(kind);
  }

  const cancel: CancelTimer = loop.after(patience, close);
  loop.watch(fd, EPOLLIN, onReadable);
}

function answer(
  machine: Machine,
  fd: number,
  line: string,
): { readonly reply: ControlReply; readonly kind?: StopKind } {
  if (machine.sys.peerCredentials(fd).uid !== 0) return { reply: { ok: false, error: 'only root may ask' } };
  const command = commandOf(line);
  switch (command) {
    case 'status':
      return { reply: { ok: true, status: machine.status.current() } };
    case 'poweroff':
    case 'reboot':
    case 'halt':
      return { reply: { ok: true }, kind: command };
    default:
      return { reply: { ok: false, error: `unknown request: ${JSON.stringify(line.slice(0, 80))}` } };
  }
}

function commandOf(line: string): unknown {
  try {
    const request: unknown = JSON.parse(line);
    return typeof request === 'object' && request !== null && 'command' in request ? request.command : undefined;
  } catch {
    return undefined;
  }
}

/** A reply fits into the socket's buffer; a client that made it smaller gets a part. */
function sendReply(sys: Sys, fd: number, reply: ControlReply): void {
  try {
    sys.sendmsg(fd, sys.encodeUtf8(`${JSON.stringify(reply)}\n`), [], MSG_DONTWAIT | MSG_NOSIGNAL);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
