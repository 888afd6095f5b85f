// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { apiSocket } from '../contract.ts';
import { errnoOf } from '../files.ts';
import { AF_UNIX, AT_FDCWD, EPOLLIN, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from '../linux.ts';
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
      // The client is gone already, or we have no descriptor for it: it waits.
      if (errnoOf(error) === undefined) throw error;
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
