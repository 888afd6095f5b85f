// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { Socket } from 'node:net';

/**
 * Refuses connections to sockets that are files, such as Docker's: a network namespace of its own keeps the code from the
 * network only, and Node's permission model has no say in sockets.
 */
export function refuseLocalSockets(): void {
  const connect = Reflect.get(Socket.prototype, 'connect') as (this: Socket, ...args: unknown[]) => Socket;
  const guarded = function (this: Socket, ...args: unknown[]): Socket {
    const path = pathIn(args[0]);
    if (path !== undefined) throw Object.assign(new Error('refused'), denial(path));
    return connect.apply(this, args);
  };
  Object.defineProperty(Socket.prototype, 'connect', { value: guarded, writable: false, configurable: false });
}

/** Of `connect(path)`, `connect({ path })`, or what Node itself makes of either, a list with the options first. */
function pathIn(target: unknown): string | undefined {
  if (typeof target === 'string') return Number.isNaN(Number(target)) ? target : undefined;
  const { path } = Object(Array.isArray(target) ? target[0] : target) as { readonly path?: unknown };
  return typeof path === 'string' && path !== '' ? path : undefined;
}

/** As Node's own errors of what is not permitted. */
function denial(resource: string): object {
  return { code: 'ERR_ACCESS_DENIED', permission: 'a connection to the socket', resource };
}
