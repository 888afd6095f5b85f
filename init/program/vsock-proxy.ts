// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf } from '../files.ts';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  EPOLLIN,
  EPOLLOUT,
  S_IFMT,
  S_IFSOCK,
  SIG_BLOCK,
  SIGINT,
  SIGTERM,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../linux.ts';
import { parseArguments, UsageError } from '../runtime/arguments.ts';
import { createLoop, type Loop } from '../supervise/loop.ts';
import type { Sys } from '../sys.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';
import { Failure } from './failure.ts';
import { relay } from './relay.ts';
import type { Program } from './run.ts';
import { say, warn } from './say.ts';

const help = `usage: vsock-proxy [-inport PORT:unix:PATH]... [FROM=TO]...

Forwards connections: everybody who connects to FROM is connected to TO, until both sides have ended. At least one end of each is
meant to be a vsock, the socket between a virtual machine and its host.

FROM:
  vsock:PORT          a vsock port of this machine, for connections from the host and other machines
  unix:PATH           a socket that is made, in a folder that is there; "@NAME" is a name without a file
  tcp:[ADDRESS:]PORT  a port of TCP, on all addresses unless one is given
TO:
  vsock:CID:PORT      a vsock port of the machine CID; 2 is the host, 1 this machine
  unix:PATH, tcp:[ADDRESS:]PORT    127.0.0.1 unless an address is given

-inport PORT:unix:PATH and -inport PORT:tcp:ADDRESS:PORT are the same as vsock:PORT=...

A connection that cannot be forwarded is closed and told on standard error. SIGTERM ends the program, and all connections with it.
`;

const backlog = 128;
/** At a time; the next wait in the kernel's queue. What is on its way of this many has room in the engine's memory, which is 64 MiB. */
const mostConnections = 1000;
const SO_REUSEADDR = 2;
/** Seconds that a socket's queue may be full, and between two looks whether it still is: nothing tells when it has room. */
const patience = 5;
const pause = 0.1;
/** unlink of a socket that a run before has left. */
const stale = 'EADDRINUSE';

/** How many connections there are, of all forwards. */
interface Count {
  open: number;
}

interface Forward {
  readonly from: Endpoint;
  readonly to: Endpoint;
}

/** Forwards connections between vsock and other sockets until it is ended. */
export const vsockProxy: Program = {
  name: 'vsock-proxy',
  help,
  run(sys: Sys, words: readonly string[]): void {
    const forwards = readForwards(words);
    const loop = createLoop(sys);
    const count: Count = { open: 0 };
    for (const forward of forwards) {
      const fd = listenOn(sys, forward.from);
      loop.watch(fd, EPOLLIN, () => accept(sys, loop, fd, forward, count));
      say(sys, `vsock-proxy: ${forward.from.text} leads to ${forward.to.text}`);
    }
    endOnSignal(sys, loop);
    for (;;) loop.turn();
  },
};

/** As PID 1 of its container it has to ask for them: the kernel lets none through that would end it by default. */
function endOnSignal(sys: Sys, loop: Loop): void {
  const ending = [SIGTERM, SIGINT];
  sys.sigprocmask(SIG_BLOCK, ending);
  loop.watch(sys.signalfd(ending), EPOLLIN, () => sys.exit(0));
}

function readForwards(words: readonly string[]): readonly Forward[] {
  const { options, operands } = parseArguments(words, { inport: { kind: 'list' } });
  const given = options.inport.map((text) => {
    const [port = '', to] = text.split(/:(.*)/s);
    if (to === undefined) throw new UsageError(`expected -inport PORT:unix:PATH, found "${text}"`);
    return [`vsock:${port}`, to] as const;
  });
  const pairs = operands.map((text) => {
    const [from = '', to] = text.split(/=(.*)/s);
    if (to === undefined) throw new UsageError(`expected FROM=TO, found "${text}"`);
    return [from, to] as const;
  });
  const all = [...given, ...pairs];
  if (all.length === 0) throw new UsageError('expected something to forward, found nothing');
  return all.map(([from, to]) => ({ from: parseEndpoint(from, 'listen'), to: parseEndpoint(to, 'connect') }));
}

function listenOn(sys: Sys, { text, address }: Endpoint): number {
  try {
    const fd = sys.socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (address.family === AF_INET || address.family === AF_INET6) sys.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    bindTo(sys, fd, address);
    sys.listen(fd, backlog);
    return fd;
  } catch (error) {
    const hints: Readonly<Record<string, string>> = {
      EAFNOSUPPORT: 'the kernel has no vsock: load the module vsock, or one such as vmw_vsock_virtio_transport',
      EACCES: 'ports below 1024 need CAP_NET_BIND_SERVICE',
      EADDRINUSE: 'another program has it',
      ENOENT: 'its folder has to be there',
    };
    throw new Failure(`listening on ${text}: ${describeError(error)}`, hints[errnoOf(error) ?? '']);
  }
}

/** A socket's file stays when its program ends; one that nobody listens at gives way. */
function bindTo(sys: Sys, fd: number, address: Endpoint['address']): void {
  const { family, path } = address;
  try {
    sys.bind(fd, address);
  } catch (error) {
    if (errnoOf(error) !== stale || family !== AF_UNIX || path === undefined) throw error;
    if (!isSocket(sys, path) || !isDeserted(sys, address)) throw error;
    sys.unlinkat(AT_FDCWD, path, 0);
    sys.bind(fd, address);
  }
}

/** To connect to any other file is refused as well. */
function isSocket(sys: Sys, path: string): boolean {
  return !path.startsWith('\0') && (sys.statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW).mode & S_IFMT) === S_IFSOCK;
}

/** Without waiting: one whose queue is full has somebody who listens. */
function isDeserted(sys: Sys, address: Endpoint['address']): boolean {
  const fd = sys.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  try {
    sys.connect(fd, address);
    return false;
  } catch (error) {
    return errnoOf(error) === 'ECONNREFUSED';
  } finally {
    sys.close(fd);
  }
}

function accept(sys: Sys, loop: Loop, listener: number, forward: Forward, count: Count): void {
  if (count.open >= mostConnections) return rest(sys, loop, listener, forward, count);
  let client: number;
  try {
    client = sys.accept4(listener, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    if (errnoOf(error) === 'EMFILE' || errnoOf(error) === 'ENFILE') rest(sys, loop, listener, forward, count);
    // Otherwise it was gone before it was taken.
    return;
  }
  count.open += 1;
  connectTo(sys, loop, client, forward, () => {
    count.open -= 1;
  });
}

/** With all descriptors or connections in use there is nothing to do but to wait for the end of some connection. */
function rest(sys: Sys, loop: Loop, listener: number, forward: Forward, count: Count): void {
  loop.unwatch(listener);
  loop.after(0.1, () => loop.watch(listener, EPOLLIN, () => accept(sys, loop, listener, forward, count)));
}

/** Calls `onEnd` once, when the connection has ended or there is none. */
function connectTo(sys: Sys, loop: Loop, client: number, { from, to }: Forward, onEnd: () => void): void {
  const fail = (why: string): void => {
    warn(sys, `vsock-proxy: a connection to ${from.text}: connecting to ${to.text}: ${why}`);
    sys.close(client);
    onEnd();
  };
  let server: number;
  try {
    server = sys.socket(to.address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  } catch (error) {
    return fail(describeError(error));
  }
  const start = (): void => relay(sys, loop, client, server, onEnd);
  const attempt = (tries: number): void => {
    const problem = tryConnect(sys, server, to.address);
    if (problem === undefined) return start();
    // connect(2): a unix socket's queue is full. There is no event for the time when it is not.
    if (problem.code === 'EAGAIN' && tries * pause < patience) {
      loop.after(pause, () => attempt(tries + 1));
      return;
    }
    if (problem.code !== 'EINPROGRESS') {
      sys.close(server);
      return fail(`${problem.message}${problem.code === 'EAGAIN' ? `: its queue was full for ${patience} s` : ''}`);
    }
    loop.watch(server, EPOLLOUT, () => {
      loop.unwatch(server);
      const number = sys.getsockopt(server, SOL_SOCKET, SO_ERROR);
      if (number === 0) return start();
      sys.close(server);
      fail(`connect: error ${number}`);
    });
  };
  attempt(0);
}

/** undefined when it is connected; what the system call said otherwise. */
function tryConnect(
  sys: Sys,
  fd: number,
  address: Endpoint['address'],
): { readonly code: string | undefined; readonly message: string } | undefined {
  try {
    sys.connect(fd, address);
    return undefined;
  } catch (error) {
    return { code: errnoOf(error), message: describeError(error) };
  }
}
