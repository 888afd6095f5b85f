// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createAnswerReader } from '../../init/control/http-answer.ts';
import { TskitError } from '../errors.ts';
import { claimSocket, type ControlledMachine } from './run-folder.ts';
import { clientsOf } from './unix-sockets.ts';

/** The control API of a machine, over one of its sockets. */
export interface ControlSession {
  /** Sends one request, "GET /v1/status", and resolves to the answer's status when all of it was given to `onBody`. */
  ask(request: string, onBody: (part: Uint8Array, status: number) => void): Promise<number>;
  /** The same for a whole head, such as one that asks for a program; `exitCode` is that one's. */
  exchange(head: string, onBody: (part: Uint8Array, status: number) => void): Promise<Answer>;
  /** What follows a head. False when it is better waited until `onDrained` calls. */
  send(text: string): boolean;
  onDrained(call: () => void): void;
  close(): void;
}

export interface Answer {
  readonly status: number;
  readonly exitCode: number | undefined;
}

/**
 * Finds a socket that nobody else uses, and sees that PID 1 is at its other end: what it may still send to whoever was there before
 * is left out.
 * @throws TskitError `not-found` when the machine does not run, `io` when it does not answer or others use all sockets
 */
export async function openSession(
  { name, sockets }: ControlledMachine,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<ControlSession> {
  for (const path of sockets) {
    const release = clientsOf(path).accepted > 0 ? undefined : await claimSocket(path);
    if (release === undefined) continue;
    let session: ControlSession | undefined;
    try {
      session = await openOn(name, path, timeoutSeconds, signal);
    } finally {
      if (session === undefined) release();
    }
    if (session === undefined) continue;
    const opened = session;
    return {
      ...opened,
      close() {
        opened.close();
        release();
      },
    };
  }
  throw new TskitError(
    'io',
    `ctl: machine "${name}": all of its ${sockets.length} sockets are in use by other clients`,
    {
      hint: 'end one of them, such as a `tskit ctl logs -f`',
    },
  );
}

/** Undefined when somebody else has the socket. */
async function openOn(
  name: string,
  path: string,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<ControlSession | undefined> {
  const socket = await connectTo(name, path);
  const abort = (): void => void socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  const rest = await synchronize(socket, path, timeoutSeconds);
  if (rest === 'taken') return undefined;
  signal.throwIfAborted();
  if (rest !== 'silent') return sessionOn(name, socket, rest, signal);
  throw new TskitError('io', `ctl: machine "${name}": expected an answer within ${timeoutSeconds} s, found none`, {
    hint: 'it may still be booting, or have a kernel without virtio_console or an init that is not tskit’s; see its console',
  });
}

function connectTo(name: string, path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const isGone = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      const found = isGone ? 'QEMU does not run (yet)' : error.message;
      reject(new TskitError(isGone ? 'not-found' : 'io', `ctl: machine "${name}": ${found}`, { cause: error }));
    });
    socket.once('connect', () => {
      socket.removeAllListeners('error').on('error', () => {});
      resolve(socket);
    });
  });
}

/** What came after our marker; else why it did not come. */
function synchronize(socket: Socket, path: string, timeoutSeconds: number): Promise<Buffer | 'taken' | 'silent'> {
  const marker = Buffer.from(`\0tskit ${randomBytes(12).toString('hex')}\n`);
  return new Promise((resolve) => {
    let held = Buffer.alloc(0);
    const end = (result: Buffer | 'taken' | 'silent'): void => {
      clearTimeout(limit);
      socket.off('data', onData).off('close', onClose);
      if (typeof result === 'string') socket.destroy();
      else socket.pause();
      resolve(result);
    };
    const onData = (part: Buffer): void => {
      held = Buffer.concat([held, part]);
      const at = held.indexOf(marker);
      if (at >= 0) end(held.subarray(at + marker.length));
      else held = held.subarray(-marker.length);
    };
    const onClose = (): void => end('silent');
    const limit = setTimeout(() => {
      const { accepted, waiting } = clientsOf(path);
      end(accepted > 0 && waiting > 0 ? 'taken' : 'silent');
    }, timeoutSeconds * 1000);
    socket.on('data', onData).on('close', onClose);
    socket.write(marker);
  });
}

function sessionOn(name: string, socket: Socket, first: Buffer, signal: AbortSignal): ControlSession {
  let rest = first;
  const exchange: ControlSession['exchange'] = (head, onBody) =>
    new Promise((resolve, reject) => {
      const broken = (how: string): void => {
        socket.destroy();
        if (signal.aborted) return reject(signal.reason as Error);
        reject(
          new TskitError('io', `ctl: machine "${name}": ${how}`, { hint: 'it may have ended or been started anew' }),
        );
      };
      const onClose = (): void => broken('the answer breaks off');
      const reader = createAnswerReader(onBody);
      const onData = (part: Buffer): void => {
        try {
          reader.push(part);
        } catch (error) {
          return broken((error as Error).message);
        }
        if (!reader.isDone) return;
        socket.pause().off('data', onData).off('close', onClose);
        resolve({ status: reader.status, exitCode: reader.exitCode });
      };
      socket.on('data', onData).on('close', onClose);
      socket.write(head);
      if (socket.destroyed) return onClose();
      if (rest.length > 0) onData(rest);
      rest = Buffer.alloc(0);
      socket.resume();
    });
  return {
    exchange,
    ask: async (request, onBody) => (await exchange(`${request} HTTP/1.1\r\nHost: tskit\r\n\r\n`, onBody)).status,
    send: (text) => socket.destroyed || socket.write(text),
    onDrained: (call) => void socket.once('drain', call),
    close: () => void socket.destroy(),
  };
}
