// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../../files.ts';
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLIN,
  EPOLLOUT,
  F_SETFL,
  O_CLOEXEC,
  O_NOCTTY,
  O_NONBLOCK,
  O_RDWR,
  TIOCGPTPEER,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';

const stdin = 0;
const stdout = 1;
const chunkSize = 4096;

/**
 * Passes bytes between a container's terminal and the runtime's standard streams, on someone else's epoll. The container
 * never waits for input to be taken: what its terminal has no room for stays here, and no more is read until it is gone.
 */
export class TerminalRelay {
  readonly #sys: Sys;
  readonly #events: number;
  readonly #master: number;
  /** Keeps the terminal from hanging up while nobody in the container has it open. */
  readonly #peer: number | undefined;
  readonly #buffer = new Uint8Array(chunkSize);
  #pending: Uint8Array = new Uint8Array();
  /** A file is always ready, and epoll does not take it. */
  #stdinIsFile = false;
  #stdinWatched = false;
  #stdinEnded = false;
  #stdoutEnded = false;

  constructor(sys: Sys, events: number, master: number) {
    this.#sys = sys;
    this.#events = events;
    this.#master = master;
    this.#peer = openPeer(sys, master);
    sys.fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
    sys.epollCtl(events, EPOLL_CTL_ADD, master, EPOLLIN);
    this.#watchStdin();
    if (this.#stdinIsFile) this.#takeInput();
  }

  /** Acts on an event of the epoll, when it is about one of the relay's descriptors. */
  handle(fd: number, events: number): void {
    if (fd === stdin) this.#takeInput();
    if (fd !== this.#master) return;
    if ((events & EPOLLOUT) !== 0) this.#takeInput();
    if ((events & ~EPOLLOUT) !== 0 && !this.#giveOutput())
      this.#sys.epollCtl(this.#events, EPOLL_CTL_DEL, this.#master, 0);
  }

  /** Writes out what the container left in its terminal, and closes it. */
  finish(): void {
    while (this.#giveOutput(true));
    if (this.#peer !== undefined) this.#sys.close(this.#peer);
    this.#sys.close(this.#master);
  }

  #takeInput(): void {
    while (!this.#stdinEnded) {
      if (this.#pending.length === 0 && !this.#readInput()) return;
      if (!this.#writeInput()) return;
      if (!this.#stdinIsFile) return this.#watchStdin();
    }
  }

  /** The end of the input is nobody's key: the container's terminal stays open. */
  #readInput(): boolean {
    const count = this.#patiently(() => this.#sys.read(stdin, this.#buffer), 0);
    if (count === undefined) return false;
    this.#pending = this.#buffer.slice(0, count);
    if (count > 0) return true;
    this.#stdinEnded = true;
    this.#unwatchStdin();
    return false;
  }

  /** False when there is no room for all of it. */
  #writeInput(): boolean {
    const written = this.#patiently(() => this.#sys.write(this.#master, this.#pending), this.#pending.length) ?? 0;
    this.#pending = this.#pending.subarray(written);
    const isAll = this.#pending.length === 0;
    if (!isAll) this.#unwatchStdin();
    this.#sys.epollCtl(this.#events, EPOLL_CTL_MOD, this.#master, isAll ? EPOLLIN : EPOLLIN | EPOLLOUT);
    return isAll;
  }

  /** False when there is nothing more: the terminal hung up, or with `untilEmpty` is empty. */
  #giveOutput(untilEmpty = false): boolean {
    const count = this.#patiently(() => this.#sys.read(this.#master, this.#buffer), 0);
    if (count === undefined) return !untilEmpty;
    for (let offset = 0; offset < count && !this.#stdoutEnded; ) offset += this.#writeOutput(offset, count);
    return count > 0;
  }

  #writeOutput(from: number, to: number): number {
    try {
      return this.#sys.write(stdout, this.#buffer.subarray(from, to));
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EAGAIN') this.#awaitRoom();
      else if (errno === undefined) throw error;
      // Nobody reads any more; the container goes on, and is not kept from it by a full terminal.
      else if (errno !== 'EINTR') this.#stdoutEnded = true;
      return 0;
    }
  }

  /** The caller's output may have been made non-blocking by whoever shares it. */
  #awaitRoom(): void {
    const room = this.#sys.epollCreate();
    this.#sys.epollCtl(room, EPOLL_CTL_ADD, stdout, EPOLLOUT);
    this.#sys.epollWait(room, -1);
    this.#sys.close(room);
  }

  /** Undefined when the call would have to wait, `ended` when the other side is gone (EIO of a terminal). */
  #patiently(call: () => number, ended: number): number | undefined {
    try {
      return call();
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EAGAIN' || errno === 'EINTR') return undefined;
      if (errno === undefined) throw error;
      return ended;
    }
  }

  #watchStdin(): void {
    if (this.#stdinWatched || this.#stdinEnded) return;
    try {
      this.#sys.epollCtl(this.#events, EPOLL_CTL_ADD, stdin, EPOLLIN);
      this.#stdinWatched = true;
    } catch (error) {
      if (errnoOf(error) !== 'EPERM') throw error;
      this.#stdinIsFile = true;
    }
  }

  #unwatchStdin(): void {
    if (this.#stdinWatched) this.#sys.epollCtl(this.#events, EPOLL_CTL_DEL, stdin, 0);
    this.#stdinWatched = false;
  }
}

function openPeer(sys: Sys, master: number): number | undefined {
  try {
    return sys.ioctlInt(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  } catch (error) {
    // It belongs to a user of the container that a runtime without privileges is not.
    if (errnoOf(error) !== 'EACCES') throw error;
    return undefined;
  }
}
