// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../files.ts';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, MSG_NOSIGNAL } from '../linux.ts';
import type { Loop } from '../supervise/loop.ts';
import type { Sys } from '../sys.ts';

const SHUT_WR = 1;
/** What is read at once, and the most that waits for the other side, of each direction of each connection. */
const portion = 16 * 1024;
/** Of all connections: nothing is in it between two turns. */
const buffer = new Uint8Array(portion);

/** One side of a connection: its descriptor, and what is still to be written to it. */
interface Side {
  readonly fd: number;
  pending: Uint8Array;
  /** Nothing more comes from it. */
  isEnded: boolean;
  /** It was told that nothing more comes. */
  isShut: boolean;
  /** Closed in both directions: epoll would say so for ever, so that it is not asked any more. */
  isHungUp: boolean;
  watched: number;
}

const fewTimes = 32;
const nothing = new Uint8Array(0);

/**
 * Carries bytes between two connected, non-blocking sockets until both sides have ended; a side that ends its half alone is
 * answered by the other one as long as it likes. Calls `onEnd` once, after both are closed.
 */
export function relay(sys: Sys, loop: Loop, one: number, other: number, onEnd: () => void): void {
  const sides = [one, other].map(
    (fd): Side => ({ fd, pending: nothing, isEnded: false, isShut: false, isHungUp: false, watched: 0 }),
  ) as [Side, Side];
  let isOver = false;

  function finish(): void {
    if (isOver) return;
    isOver = true;
    for (const { fd } of sides) {
      loop.unwatch(fd);
      sys.close(fd);
    }
    onEnd();
  }

  /** Takes what `from` has, unless `to` has not taken the last yet. Returns whether there may be more. */
  function carry(from: Side, to: Side): boolean {
    if (from.isEnded || to.pending.length > 0) return false;
    const length = attempt(() => sys.read(from.fd, buffer));
    if (length === undefined) return false;
    if (length === 0) from.isEnded = true;
    else to.pending = send(to, buffer.subarray(0, length)).slice();
    return length > 0 && to.pending.length === 0;
  }

  /** What was not taken. */
  function send(to: Side, bytes: Uint8Array): Uint8Array {
    let rest = bytes;
    while (rest.length > 0) {
      const part = rest;
      const sent = attempt(() => sys.sendmsg(to.fd, part, [], MSG_NOSIGNAL));
      if (sent === undefined) break;
      rest = rest.subarray(sent);
    }
    return rest;
  }

  function step(from: Side, to: Side): void {
    to.pending = send(to, to.pending);
    // A bounded number of times, so that one connection does not hold up the others, as long as there are events that go on with it.
    for (let times = 0; (times < fewTimes || from.isHungUp) && carry(from, to); times += 1);
    if (from.isEnded && to.pending.length === 0 && !to.isShut) {
      to.isShut = true;
      sys.shutdown(to.fd, SHUT_WR);
    }
  }

  function watch(side: Side, peer: Side): void {
    if (side.isHungUp) return;
    const reads = !side.isEnded && peer.pending.length === 0;
    const wanted = (reads ? EPOLLIN : 0) | (side.pending.length > 0 ? EPOLLOUT : 0);
    if (wanted === side.watched) return;
    side.watched = wanted;
    loop.rewatch(side.fd, wanted);
  }

  function turn(side: Side, events: number): void {
    if (isOver) return;
    const [left, right] = sides;
    try {
      if ((events & (EPOLLERR | EPOLLHUP)) !== 0) {
        side.isHungUp = true;
        loop.unwatch(side.fd);
      }
      step(left, right);
      step(right, left);
      if ((left.isShut && right.isShut) || isGone(left, right) || isGone(right, left)) return finish();
      watch(left, right);
      watch(right, left);
    } catch (error) {
      // The other end is gone: so is this connection, and it is nobody else's matter.
      if (errnoOf(error) === undefined) throw error;
      finish();
    }
  }

  for (const side of sides) {
    loop.watch(side.fd, EPOLLIN, (events) => turn(side, events));
    side.watched = EPOLLIN;
  }
}

/** What it had has been read and taken, and it takes nothing itself. */
function isGone(side: Side, peer: Side): boolean {
  return side.isHungUp && side.isEnded && peer.pending.length === 0;
}

/** undefined while the call would have to wait. */
function attempt(call: () => number): number | undefined {
  try {
    return call();
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN' || errnoOf(error) === 'EINTR') return undefined;
    throw error;
  }
}
