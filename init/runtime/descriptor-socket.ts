// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { step } from '../container/step.ts';
import { AF_UNIX, MSG_NOSIGNAL, SOCK_CLOEXEC, SOCK_STREAM } from '../linux.ts';
import type { Sys } from '../sys.ts';

/**
 * Gives a descriptor to whoever listens at a socket (SCM_RIGHTS), as conmon, containerd and others take a terminal's master
 * (--console-socket) and a process (--pidfd-socket). The text along with it names what it is.
 */
export function sendDescriptor(sys: Sys, path: string, fd: number, name: string): void {
  step(`send ${name} to the socket ${path}`, () => {
    const socket = sys.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    try {
      sys.connect(socket, { family: AF_UNIX, path });
      sys.sendmsg(socket, sys.encodeUtf8(name), [fd], MSG_NOSIGNAL);
    } finally {
      sys.close(socket);
    }
  });
}

/** What the options say of a terminal must make sense together. Throws an Error. */
export function checkTerminal(terminal: boolean, detach: boolean, socket: string | undefined): void {
  if (detach && terminal && socket === undefined)
    throw new Error('cannot allocate tty if tsrun will detach without setting console socket: use --console-socket');
  if (!terminal && socket !== undefined)
    throw new Error('cannot use console socket if tsrun will not allocate tty: there is no terminal to send');
}
