// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../files.ts';
import { AF_INET, AF_INET6, MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_DGRAM } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { inParts, priority, type Send } from './kmsg.ts';
import { timeOf } from './time.ts';

/** RFC 5424, 6.1: what receivers should take, less the head. */
const longest = 1900;
const longestName = 48;

/**
 * Lines go to a syslog server as datagrams (RFC 5424, RFC 5426), which are sent at once or lost. Nobody tells whether they
 * arrive. The network may come up later: the socket is made anew after an error.
 */
export function createSyslog(sys: Sys, name: string, address: string, port: number): Send {
  let socket: number | undefined;
  const host = sys.uname().nodename || '-';
  const app = name.slice(0, longestName);

  function open(): number {
    const family = address.includes(':') ? AF_INET6 : AF_INET;
    const opened = sys.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    try {
      sys.connect(opened, { family, address, port });
    } catch (error) {
      sys.close(opened);
      throw error;
    }
    return opened;
  }

  function send(text: string): void {
    socket ??= open();
    try {
      sys.sendmsg(socket, sys.encodeUtf8(text), [], MSG_DONTWAIT);
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') {
        sys.close(socket);
        socket = undefined;
      }
      throw error;
    }
  }

  return (line) => {
    const head = `<${priority}>1 ${timeOf(sys)} ${host} ${app} - - - `;
    for (const part of inParts(sys, line, longest)) send(head + part);
  };
}
