// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// tsctl's half of exec.ts.

import { findTerminal, makeRaw } from '../container/terminal/host-terminal.ts';
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLIN,
  EPOLLOUT,
  F_SETFL,
  O_NONBLOCK,
  O_RDWR,
  SIG_BLOCK,
  SIGWINCH,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import { attempt } from './attempt.ts';
import { execHead } from './commands.ts';
import { type AnswerReader, createAnswerReader } from './http-answer.ts';

const stdin = 0;
/** Bytes in one line: a byte is two digits, and PID 1 takes lines of 4 KiB. */
const portion = 1024;

/** What a program is run with. */
export interface ExecWish {
  readonly entry: string;
  readonly args: readonly string[];
  readonly hasInput: boolean;
  readonly hasTerminal: boolean;
}

/** Asks for a program over a connected socket and stays with it; `show` gets what it writes, or an answer without a program. */
export function stayWithProgram(
  sys: Sys,
  socket: number,
  { entry, args, hasInput, hasTerminal }: ExecWish,
  show: (part: Uint8Array, status: number) => void,
): AnswerReader {
  const terminal = hasTerminal ? findTerminal(sys) : undefined;
  const size = terminal === undefined ? { rows: 24, columns: 80 } : sys.getWindowSize(terminal);
  const head = execHead(entry, args, hasTerminal ? size : undefined);
  if (head === undefined) throw new Error('expected arguments of up to 4 KB together');
  const epoll = sys.epollCreate();
  const buffer = new Uint8Array(portion * 16);
  const reader = createAnswerReader(show);
  let unsent = sys.encodeUtf8(head);
  let isHungUp = false;
  let readsInput = hasInput;
  let isWatched = false;

  sys.sigprocmask(SIG_BLOCK, [SIGWINCH]);
  const signals = sys.signalfd([SIGWINCH]);
  sys.fcntl(socket, F_SETFL, O_RDWR | O_NONBLOCK);
  sys.epollCtl(epoll, EPOLL_CTL_ADD, socket, EPOLLIN);
  sys.epollCtl(epoll, EPOLL_CTL_ADD, signals, EPOLLIN);
  // Of a terminal the end of the input is a key.
  if (!hasInput && !hasTerminal) send('e');
  const restore = hasInput && terminal !== undefined ? makeRaw(sys, terminal) : undefined;
  try {
    while (!reader.isDone && !isHungUp) {
      flush();
      const isFile = watchInput();
      for (const { fd } of isFile ? [{ fd: stdin }] : sys.epollWait(epoll, -1)) {
        if (fd === socket) receive();
        else if (fd === stdin) takeInput();
        else resize();
      }
      if (isFile) receive();
    }
  } finally {
    restore?.();
  }
  return reader;

  function send(line: string): void {
    const bytes = sys.encodeUtf8(`${line}\n`);
    const whole = new Uint8Array(unsent.length + bytes.length);
    whole.set(unsent);
    whole.set(bytes, unsent.length);
    unsent = whole;
  }

  function flush(): void {
    const count = unsent.length === 0 ? 0 : attempt(() => sys.write(socket, unsent));
    if (count === 'failed') isHungUp = true;
    if (typeof count === 'number') unsent = unsent.subarray(count);
    sys.epollCtl(epoll, EPOLL_CTL_MOD, socket, EPOLLIN | (unsent.length > 0 ? EPOLLOUT : 0));
  }

  /** Input is read once what came before is on its way. Whether it is a file, which epoll does not take and which is always ready. */
  function watchInput(): boolean {
    const isWanted = readsInput && unsent.length === 0;
    if (isWanted === isWatched) return false;
    if (attempt(() => (sys.epollCtl(epoll, isWanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, stdin, EPOLLIN), 0)) === 'failed')
      return isWanted;
    isWatched = isWanted;
    return false;
  }

  function takeInput(): void {
    const count = attempt(() => sys.read(stdin, buffer.subarray(0, portion)));
    if (count === 'later') return;
    if (count === 'failed' || count === 0) {
      readsInput = false;
      return send(hasTerminal ? 'i 04' : 'e');
    }
    let digits = '';
    for (const byte of buffer.subarray(0, count)) digits += (byte + 256).toString(16).slice(1);
    send(`i ${digits}`);
  }

  function receive(): void {
    const count = attempt(() => sys.read(socket, buffer));
    if (count === 'failed' || count === 0) isHungUp = true;
    if (typeof count === 'number') reader.push(buffer.subarray(0, count));
  }

  function resize(): void {
    sys.readSignal(signals);
    if (terminal === undefined) return;
    const { rows, columns } = sys.getWindowSize(terminal);
    send(`r ${rows} ${columns}`);
  }
}
