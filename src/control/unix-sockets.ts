// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';

/** How many clients of a socket were accepted, and how many wait for that. */
export interface SocketClients {
  readonly accepted: number;
  readonly waiting: number;
}

/** What the kernel knows of the sockets that were made by accepting at `path`; nothing where it does not tell. */
export function clientsOf(path: string): SocketClients {
  let table: string;
  try {
    table = readFileSync('/proc/net/unix', 'latin1');
  } catch {
    return { accepted: 0, waiting: 0 };
  }
  return countClients(table, path);
}

/**
 * One line a socket: number, references, protocol, flags, type, state, inode, path. The state is SS_CONNECTED (3), or SS_CONNECTING
 * (2) for one that is not accepted yet (net/unix/af_unix.c, unix_seq_show).
 */
export function countClients(table: string, path: string): SocketClients {
  const states = table.split('\n').flatMap((line) => {
    const [, state, name] = /^(?:\S+ +){5}(\d\d) +\d+ (.*)$/.exec(line) ?? [];
    return name === Buffer.from(path).toString('latin1') ? (state ?? '') : [];
  });
  return {
    accepted: states.filter((state) => state === '03').length,
    waiting: states.filter((state) => state === '02').length,
  };
}
