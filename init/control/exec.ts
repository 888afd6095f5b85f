// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A further program in a container, for a client at the other end of a connection (docs/control-api.md).

import { exitCodeOf } from '../ending.ts';
import { describeError } from '../files.ts';
import {
  AF_UNIX,
  EPOLLIN,
  EPOLLOUT,
  F_SETFL,
  O_NONBLOCK,
  O_RDWR,
  SHUT_WR,
  SOCK_CLOEXEC,
  SOCK_STREAM,
} from '../linux.ts';
import type { RunningContainer } from '../supervise/container.ts';
import type { Machine, Program, ProgramCalls } from '../supervise/machine.ts';
import { attempt } from './attempt.ts';
import type { HttpAnswer } from './http.ts';

const portion = 16 * 1024;
/** Of what the client sends in one line. */
const longestLine = 4096;
/** Portions that are still taken of what a program has left: others may go on writing. */
const lastPortions = 32;

/** Seconds within which it has to run. */
const patience = 30;
const conflict = 409;

/** A program, and where its bytes go in and out. */
interface Executed {
  readonly program: Program;
  readonly fd: number;
  readonly isTerminal: boolean;
}

/** Runs `args` of the query, a list as JSON, with a terminal where it has `rows` and `columns`. Returns why it does not run. */
export function execInContainer(
  machine: Machine,
  container: RunningContainer,
  query: ReadonlyMap<string, string>,
  answer: HttpAnswer,
): string | undefined {
  const args = listOf(query.get('args'));
  if (args === undefined) return 'expected the program and its arguments as a list';
  const size = { rows: Number(query.get('rows')), columns: Number(query.get('columns')) };
  try {
    start(machine, container, args, size.rows > 0 ? size : undefined, answer);
    return undefined;
  } catch (error) {
    return describeError(error);
  }
}

function listOf(text = ''): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.length > 0 && list.every((word) => typeof word === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}

type Size = { readonly rows: number; readonly columns: number };

/** With a terminal, or one socket for all three: both ways, and each can be ended by itself. */
function start(
  machine: Machine,
  container: RunningContainer,
  args: readonly string[],
  size: Size | undefined,
  answer: HttpAnswer,
): void {
  const { sys, loop } = machine;
  const pair = size === undefined ? sys.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : undefined;
  let relayed: ReturnType<typeof relay> | undefined;
  let isLate = false;
  const cancel = loop.after(patience, () => {
    isLate = true;
    program.kill();
  });
  const calls: ProgramCalls = {
    onStart(terminal) {
      cancel();
      relayed = relay(machine, { program, fd: pair?.[0] ?? terminal ?? -1, isTerminal: pair === undefined }, answer);
    },
    onEnd(ending) {
      if (relayed !== undefined) return relayed.end('failure' in ending ? 1 : exitCodeOf(ending));
      cancel();
      if (pair !== undefined) sys.close(pair[0]);
      const failure = 'failure' in ending ? ending.failure : '';
      answer.send(conflict, { error: isLate ? `it does not run within ${patience} s` : failure });
    },
  };
  let program: Program;
  try {
    program = container.exec(args, size ?? { input: pair?.[1] ?? -1, output: pair?.[1] ?? -1 }, calls);
  } catch (error) {
    cancel();
    if (pair !== undefined) sys.close(pair[0]);
    throw error;
  } finally {
    if (pair !== undefined) sys.close(pair[1]);
  }
}

function relay(
  { sys, loop }: Machine,
  { program, fd, isTerminal }: Executed,
  answer: HttpAnswer,
): { end(exitCode: number): void } {
  const buffer = new Uint8Array(portion);
  const input: Uint8Array[] = [];
  let line = '';
  let isWatched = false;
  let hasEnded = false;
  let isOver = false;
  let isFull = false;
  const stream = answer.upgrade(take);
  stream.onDrained = () => {
    isFull = false;
    watch();
  };
  stream.whenClosed(() => program.kill());
  sys.fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
  watch();
  /** A hang-up is told all the time, so that nothing is watched that is not wanted. */
  function watch(): void {
    const wanted = isOver ? 0 : (isFull || hasEnded ? 0 : EPOLLIN) | (input.length > 0 ? EPOLLOUT : 0);
    if (wanted === 0 && isWatched) loop.unwatch(fd);
    else if (wanted !== 0 && isWatched) loop.rewatch(fd, wanted);
    else if (wanted !== 0) loop.watch(fd, wanted, onEvent);
    isWatched = wanted !== 0;
  }

  function onEvent(events: number): void {
    if ((events & EPOLLOUT) !== 0) feed();
    if ((events & ~EPOLLOUT) !== 0) pass();
    watch();
  }

  /** What the program has written, to the client. Whether there may be more. */
  function pass(): boolean {
    const count = attempt(() => sys.read(fd, buffer));
    // EIO: nobody has the terminal open any more.
    if (count === 'failed' || count === 0) hasEnded = true;
    if (typeof count === 'string' || count === 0) return false;
    isFull = !stream.write(buffer.slice(0, count));
    return true;
  }

  /** What the client has sent, to the program. */
  function feed(): void {
    while (input[0] !== undefined) {
      const [bytes] = input;
      const count = attempt(() => (bytes.length === 0 ? end() : sys.write(fd, bytes)));
      if (count === 'later') break;
      if (count === 'failed' || count === bytes.length) input.shift();
      else input[0] = bytes.subarray(count);
    }
    stream.hold(input.length > 0);
  }

  /** The end of the input; of a terminal it is a key, which the client has sent. */
  function end(): number {
    if (!isTerminal) sys.shutdown(fd, SHUT_WR);
    return 0;
  }

  function take(bytes: Uint8Array): void {
    const lines = (line + sys.decodeUtf8(bytes)).split('\n');
    line = lines.pop() ?? '';
    if (line.length > longestLine) return program.kill();
    for (const whole of lines) obey(whole);
    feed();
    watch();
  }

  /** "i HEX": bytes for the program. "e": there are no more. "r ROWS COLUMNS": the terminal's new size. */
  function obey(whole: string): void {
    const [kind, first = '', second = ''] = whole.split(' ');
    if (kind === 'i') input.push(bytesOf(first));
    else if (kind === 'e') input.push(new Uint8Array());
    else if (kind === 'r' && isTerminal) attempt(() => (sys.setWindowSize(fd, Number(first), Number(second)), 0));
  }

  return {
    end(exitCode) {
      for (let left = lastPortions; left > 0 && pass(); left -= 1);
      isOver = true;
      watch();
      sys.close(fd);
      stream.end(`Exit-Code: ${exitCode}`);
    },
  };
}

/** Of hexadecimal digits: those of ASCII hold their value in the low bits, letters nine less of it (bit 6). */
function bytesOf(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length >> 1);
  for (let at = 0; at < bytes.length; at += 1) {
    const high = digits.charCodeAt(2 * at);
    const low = digits.charCodeAt(2 * at + 1);
    bytes[at] = (((high & 15) + 9 * (high >> 6)) << 4) | ((low & 15) + 9 * (low >> 6));
  }
  return bytes;
}
