// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, readTextIfPresent } from '../../files.ts';
import {
  AF_INET,
  AT_FDCWD,
  EPOLLIN,
  O_CLOEXEC,
  O_RDONLY,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { encodeQuestion, parseAnswer, parseResolvConf, type Resolved } from './dns.ts';
import type { Network } from './exchange.ts';

const resolvConf = '/etc/resolv.conf';
const dnsPort = 53;
/** Bytes of an answer over UDP (RFC 1035, 4.2.1), and more from servers that do not keep to it. */
const longestAnswer = 4096;

/** The address of a host; an address is its own. Calls `done` once, at the latest after that many seconds. */
export function resolve(network: Network, host: string, seconds: number, done: (resolved: Resolved) => void): void {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) {
    done({ address: host });
    return;
  }
  const { servers, domain } = parseResolvConf(readTextIfPresent(network.sys, resolvConf) ?? '');
  const name = host.includes('.') || domain === undefined ? host : `${host}.${domain}`;
  const [first] = servers;
  if (first === undefined) done({ failure: `looking up "${name}": no name server in ${resolvConf}` });
  else
    askServers(network, name, servers, seconds, (resolved) => {
      done('failure' in resolved ? { failure: `looking up "${name}": ${resolved.failure}` } : resolved);
    });
}

/** All of them at the same time: the first answer counts. */
function askServers(
  { sys, loop }: Network,
  name: string,
  servers: readonly string[],
  seconds: number,
  done: (resolved: Resolved) => void,
): void {
  const sockets: number[] = [];
  let failure = `no answer from ${servers.join(', ')} within ${Number(seconds.toFixed(1))} s`;
  const buffer = new Uint8Array(longestAnswer);

  function finish(resolved: Resolved): void {
    cancel();
    for (const socket of sockets) {
      loop.unwatch(socket);
      sys.close(socket);
    }
    done(resolved);
  }

  function receive(socket: number, id: number): void {
    try {
      const resolved = parseAnswer(buffer.subarray(0, sys.read(socket, buffer)), id);
      if (resolved !== undefined) finish(resolved);
    } catch (error) {
      failure = describeError(error);
    }
  }

  const cancel = loop.after(seconds, () => finish({ failure }));
  let asked: string | undefined;
  try {
    const id = randomId(sys);
    const question = encodeQuestion(id, name);
    for (const server of servers) {
      asked = server;
      const socket = sys.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      sockets.push(socket);
      loop.watch(socket, EPOLLIN, () => receive(socket, id));
      sys.connect(socket, { family: AF_INET, address: server, port: dnsPort });
      sys.write(socket, question);
    }
  } catch (error) {
    finish({ failure: `${asked === undefined ? '' : `asking ${asked}: `}${describeError(error)}` });
  }
}

/** Of the kernel, so that nobody guesses it. */
function randomId(sys: Sys): number {
  const fd = sys.openat(AT_FDCWD, '/dev/urandom', O_RDONLY | O_CLOEXEC, 0);
  try {
    const bytes = new Uint8Array(2);
    sys.read(fd, bytes);
    return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  } finally {
    sys.close(fd);
  }
}
