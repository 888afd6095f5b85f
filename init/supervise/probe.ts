// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// One look at whether a container works. Each calls `done` once, without a failure when it does, and returns what ends it before.

import { inNetworkOf } from '../container/network/links.ts';
import { openInRootIfPresent } from '../container/root/root-path.ts';
import type { Probe } from '../contract/unit-plan.ts';
import type { Ending } from '../ending.ts';
import { describeError, errnoOf } from '../files.ts';
import {
  AF_INET,
  AF_INET6,
  AT_EMPTY_PATH,
  AT_FDCWD,
  EPOLLIN,
  EPOLLOUT,
  O_CLOEXEC,
  O_PATH,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../linux.ts';
import { quietly } from '../log/quietly.ts';
import { signalName } from '../signal-names.ts';
import type { Sys } from '../sys.ts';
import type { RunningContainer } from './container.ts';
import type { Machine, Program } from './machine.ts';

type Done = (failure: string | undefined) => void;
/** False when something is left that has yet to end. */
type Cancel = () => boolean;

const MFD_CLOEXEC = 1;
/** Characters of a program's output that a message shows. */
const shown = 200;

/** Looks once. What cannot be tried at all is a failure too. */
export function startProbe(
  machine: Machine,
  probe: Exclude<Probe, { kind: 'notify' }>,
  container: RunningContainer,
  done: Done,
): Cancel {
  try {
    switch (probe.kind) {
      case 'exec':
        return runProgram(machine, probe.args, container, done);
      case 'file':
        return lookForFile(machine.sys, probe.path, container, done);
      case 'tcp':
        return connect(machine, probe, container, done, (close) => close(undefined));
      case 'http':
        return askHttp(machine, probe, container, done);
    }
  } catch (error) {
    done(describeError(error));
    return () => true;
  }
}

function runProgram({ sys }: Machine, args: readonly string[], container: RunningContainer, done: Done): Cancel {
  const output = sys.memfdCreate('check', MFD_CLOEXEC);
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    sys.close(output);
  };
  let program: Program;
  try {
    program = container.exec(
      args,
      { output },
      {
        onStart: () => undefined,
        onEnd(ending) {
          const failure = 'failure' in ending ? ending.failure : describeEnding(sys, ending, output);
          close();
          done(failure);
        },
      },
    );
  } catch (error) {
    close();
    throw error;
  }
  return () => {
    program.kill();
    return !isOpen;
  };
}

function describeEnding(sys: Sys, ending: Ending, output: number): string | undefined {
  if ('code' in ending && ending.code === 0) return undefined;
  const how = 'code' in ending ? `exit code ${ending.code}` : `killed by ${signalName(ending.signal)}`;
  const text = endOf(sys, output).trim().slice(-shown);
  return text === '' ? how : `${how}: ${JSON.stringify(text)}`;
}

/** Never all of it: a check may print more than PID 1 has memory for. */
function endOf(sys: Sys, file: number): string {
  const buffer = new Uint8Array(4 * shown);
  const count = quietly(() => {
    const { size } = sys.statx(file, '', AT_EMPTY_PATH);
    return sys.pread(file, buffer, Math.max(0, size - buffer.length));
  });
  return sys.decodeUtf8(buffer.subarray(0, count ?? 0));
}

function lookForFile(sys: Sys, path: string, { pid }: RunningContainer, done: Done): Cancel {
  const root = sys.openat(AT_FDCWD, `/proc/${pid}/root`, O_PATH | O_CLOEXEC, 0);
  try {
    const found = openInRootIfPresent(sys, root, path);
    if (found !== undefined) sys.close(found);
    done(found === undefined ? `there is no ${path}` : undefined);
  } finally {
    sys.close(root);
  }
  return () => true;
}

interface Address {
  readonly address: string;
  readonly port: number;
}

/** `onConnected` gets what ends the probe with a result, and the socket. */
function connect(
  { sys, loop }: Machine,
  { address, port }: Address,
  { pid }: RunningContainer,
  done: Done,
  onConnected: (close: Done, socket: number) => void,
): Cancel {
  const family = address.includes(':') ? AF_INET6 : AF_INET;
  const socket = inNetworkOf(sys, pid, () => sys.socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  let isOpen = true;
  const cancel = (): boolean => {
    if (!isOpen) return true;
    isOpen = false;
    loop.unwatch(socket);
    sys.close(socket);
    return true;
  };
  const close: Done = (failure) => {
    cancel();
    done(failure === undefined ? undefined : `${address}:${port}: ${failure}`);
  };
  function onWritable(): void {
    const error = sys.getsockopt(socket, SOL_SOCKET, SO_ERROR);
    if (error === 0) onConnected(close, socket);
    else close(error === ECONNREFUSED ? 'nobody listens' : `connecting: errno ${error}`);
  }
  try {
    loop.watch(socket, EPOLLOUT, onWritable);
    sys.connect(socket, { family, address, port });
  } catch (error) {
    if (errnoOf(error) !== 'EINPROGRESS') {
      cancel();
      throw error;
    }
  }
  return cancel;
}

const ECONNREFUSED = 111;

function askHttp(
  machine: Machine,
  probe: Extract<Probe, { kind: 'http' }>,
  container: RunningContainer,
  done: Done,
): Cancel {
  const { sys, loop } = machine;
  const request = `GET ${probe.path} HTTP/1.1\r\nHost: ${probe.host}\r\nUser-Agent: tskit\r\nConnection: close\r\n\r\n`;
  return connect(machine, probe, container, done, (close, socket) => {
    try {
      sys.write(socket, sys.encodeUtf8(request));
    } catch (error) {
      close(describeError(error));
      return;
    }
    loop.unwatch(socket);
    loop.watch(socket, EPOLLIN, () => close(judgeAnswer(sys, socket)));
  });
}

/** By the first line, which comes in one piece. */
function judgeAnswer(sys: Sys, socket: number): string | undefined {
  try {
    const buffer = new Uint8Array(64);
    const line = sys.decodeUtf8(buffer.subarray(0, sys.read(socket, buffer)));
    const status = /^HTTP\/1\.[01] ([0-9]{3})/.exec(line)?.[1];
    if (status === undefined) return 'expected an answer of HTTP/1.1';
    return status >= '200' && status < '400' ? undefined : `status ${status}`;
  } catch (error) {
    return describeError(error);
  }
}
