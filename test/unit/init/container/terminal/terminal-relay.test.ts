// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { TerminalRelay } from '../../../../../init/container/terminal/terminal-relay.ts';
import { EPOLLIN, EPOLLOUT } from '../../../../../init/linux.ts';
import type { Sys } from '../../../../../init/sys.ts';
import { FakeSysError } from '../../../../support/fake-sys.ts';

const master = 7;
const peer = 8;
const events = 9;

/** A terminal and standard streams, one chunk a read; what is watched on the epoll is kept. */
class Streams {
  readonly typed: string[] = [];
  readonly shown: string[] = [];
  /** What the container has written. */
  readonly output: string[] = [];
  /** What has reached the container. */
  input = '';
  /** Bytes that the terminal still takes. */
  room = Infinity;
  readonly watched: Map<number, number> = new Map();
  readonly closed: number[] = [];
  stdinIsFile = false;
  stdinIsOpen = true;

  readonly sys: Sys = {
    read: (fd: number, buffer: Uint8Array) => this.#read(fd, buffer),
    write: (fd: number, bytes: Uint8Array) => this.#write(fd, bytes),
    epollCtl: (_events: number, operation: number, fd: number, wanted: number) => {
      if (fd === 0 && this.stdinIsFile) throw new FakeSysError('epoll_ctl', '0', 'EPERM');
      if (operation === 2) this.watched.delete(fd);
      else this.watched.set(fd, wanted);
    },
    fcntl: () => 0,
    ioctlInt: () => peer,
    close: (fd: number) => this.closed.push(fd),
  } as unknown as Sys;

  #read(fd: number, buffer: Uint8Array): number {
    const text = (fd === master ? this.output : this.typed).shift();
    if (text === undefined && fd === 0 && !this.stdinIsOpen) return 0;
    if (text === undefined) throw new FakeSysError('read', String(fd), 'EAGAIN');
    if (text === 'hung up') throw new FakeSysError('read', String(fd), 'EIO');
    buffer.set(Buffer.from(text));
    return text.length;
  }

  #write(fd: number, bytes: Uint8Array): number {
    if (fd === 1) {
      this.shown.push(Buffer.from(bytes).toString());
      return bytes.length;
    }
    const taken = Math.min(this.room, bytes.length);
    if (taken === 0) throw new FakeSysError('write', String(fd), 'EAGAIN');
    this.room -= taken;
    this.input += Buffer.from(bytes.subarray(0, taken)).toString();
    return taken;
  }
}

test('keys go to the container and its output is shown', () => {
  const streams = new Streams();
  const relay = new TerminalRelay(streams.sys, events, master);
  streams.typed.push('ls\r');
  relay.handle(0, EPOLLIN);
  streams.output.push('a b\r\n');
  relay.handle(master, EPOLLIN);
  expect(streams.input).toBe('ls\r');
  expect(streams.shown).toEqual(['a b\r\n']);
});

test('what the container left when it ended is shown before the terminal is closed', () => {
  const streams = new Streams();
  const relay = new TerminalRelay(streams.sys, events, master);
  streams.output.push('one ', 'two ', 'three', 'hung up');
  relay.finish();
  expect(streams.shown.join('')).toBe('one two three');
  expect(new Set(streams.closed)).toEqual(new Set([master, peer]));
});

test('input that the terminal has no room for waits, and no more is read meanwhile', () => {
  const streams = new Streams();
  const relay = new TerminalRelay(streams.sys, events, master);
  streams.room = 3;
  streams.typed.push('abcdef', 'ghi');
  relay.handle(0, EPOLLIN);
  expect(streams.input).toBe('abc');
  expect([...streams.watched]).toEqual([[master, EPOLLIN | EPOLLOUT]]);
  streams.room = Infinity;
  relay.handle(master, EPOLLOUT);
  expect(streams.input).toBe('abcdef');
  expect(streams.watched.get(master)).toBe(EPOLLIN);
  relay.handle(0, EPOLLIN);
  expect(streams.input).toBe('abcdefghi');
});

test('a file is read as far as the terminal takes it, since it cannot be watched', () => {
  const streams = new Streams();
  streams.stdinIsFile = true;
  streams.stdinIsOpen = false;
  streams.room = 4;
  streams.typed.push('abc', 'def', 'ghi');
  const relay = new TerminalRelay(streams.sys, events, master);
  expect(streams.input).toBe('abcd');
  streams.room = Infinity;
  relay.handle(master, EPOLLOUT);
  expect(streams.input).toBe('abcdefghi');
  expect(streams.watched.get(master)).toBe(EPOLLIN);
});

test('the end of the input leaves the terminal open, and the end of the terminal is not watched any more', () => {
  const streams = new Streams();
  const relay = new TerminalRelay(streams.sys, events, master);
  streams.stdinIsOpen = false;
  relay.handle(0, EPOLLIN);
  expect([...streams.watched.keys()]).toEqual([master]);
  expect(streams.closed).toEqual([]);
  streams.output.push('hung up');
  relay.handle(master, EPOLLIN);
  expect([...streams.watched.keys()]).toEqual([]);
});
