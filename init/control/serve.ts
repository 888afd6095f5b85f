// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { apiSocket } from '../contract/paths.ts';
import { errnoOf } from '../files.ts';
import { AF_UNIX, AT_FDCWD, EPOLLIN, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from '../linux.ts';
import type { Loop } from '../supervise/loop.ts';
import type { Machine } from '../supervise/machine.ts';
import type { System } from '../supervise/system.ts';
import { answerRequest } from './api.ts';
import { serveHttp } from './http.ts';

/** Seconds that a client has for its request. */
const patience = 5;
const backlog = 16;
/** Together they may hold what PID 1 has memory for. One more is closed at once. */
const mostClients = 32;
const forbidden = 403;
/** Seconds before a client is taken that could not be for want of descriptors or memory: it waits in the socket meanwhile. */
const restSeconds = 1;

/** Listens on apiSocket. Only root is answered: a container that has the socket bound in may run as anyone. */
export function serveControl(machine: Machine, system: System): void {
  const { sys, loop } = machine;
  const socket = sys.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sys.bind(socket, { family: AF_UNIX, path: apiSocket });
  sys.fchmodat(AT_FDCWD, apiSocket, 0o600);
  sys.listen(socket, backlog);
  let clients = 0;
  loop.watch(socket, EPOLLIN, () => {
    let fd: number;
    try {
      fd = sys.accept4(socket, SOCK_CLOEXEC | SOCK_NONBLOCK);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      // Unless the client is gone already the socket would be ready all the time.
      if (errno !== 'EAGAIN' && errno !== 'ECONNABORTED') rest(loop, socket);
      return;
    }
    if (clients === mostClients) return sys.close(fd);
    try {
      serveClient(machine, system, fd, () => {
        clients -= 1;
      });
      clients += 1;
    } catch (error) {
      sys.close(fd);
      if (errnoOf(error) === undefined) throw error;
    }
  });
}

function rest(loop: Loop, socket: number): void {
  loop.rewatch(socket, 0);
  loop.after(restSeconds, () => loop.rewatch(socket, EPOLLIN));
}

/** Answers on a connected socket, and closes it in the end: `onEnd` is called then. */
export function serveClient(machine: Machine, system: System, fd: number, onEnd?: () => void): void {
  const isRoot = machine.sys.peerCredentials(fd).uid === 0;
  serveHttp(
    machine,
    fd,
    patience,
    (request, answer) => {
      if (isRoot) answerRequest(machine, system, request, answer);
      else answer.send(forbidden, { error: 'only root may ask' });
    },
    onEnd,
  );
}
