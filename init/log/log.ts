// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { LogPlan } from '../contract/container-plan.ts';
import { describeError, errnoOf } from '../files.ts';
import { uptime, type Console } from '../supervise/console.ts';
import type { CancelTimer, Loop } from '../supervise/loop.ts';
import type { Sys } from '../sys.ts';
import type { Send } from './kmsg.ts';
import { createRateLimit } from './rate-limit.ts';
import { openRun, type LogRun } from './run.ts';
import { newline, type Piece, type Store } from './store.ts';
import { timeOf } from './time.ts';
import { createTimes } from './times.ts';

/** The log of an entry of the boot plan, through all of its runs. */
export interface Log {
  /** Where it is, for messages: a path, or what shows it. */
  readonly place: string;
  /** Takes the output of one run. Throws when the pipes cannot be made. */
  open(): LogRun;
  /** Offset of what came from `since` on, in seconds since the kernel started, or of the first that is kept; for `read`. */
  start(since?: number): number;
  /** Some bytes from `offset` on and the offset behind them; none at the end. What is not kept any more is passed over. */
  read(offset: number): Piece;
  /** Calls whenever there is more to read, until the result is called. */
  follow(onMore: () => void): () => void;
  /** Without the newline at the end; '' when there is nothing. */
  lastLines(count: number): string;
}

/** Where a log's lines came from; what PID 1 itself has to say in it is `tskit`. */
export type Stream = 'stdout' | 'stderr' | 'tskit';

/** What openRun hands on. */
export interface LogInput {
  /** The two streams are told apart. */
  readonly isSplit: boolean;
  /** Takes bytes as they come rather than whole lines. */
  readonly bytes: ((bytes: Uint8Array) => void) | undefined;
  lines(text: string, stream: Stream): void;
  /** A run is over. */
  end(): void;
}

export interface LogOptions {
  readonly name: string;
  readonly plan: LogPlan;
  readonly store: Store;
  /** Where lines go beside the store. */
  readonly send?: Send;
  /** Lines go to the console too, each after the name. */
  readonly echo: boolean;
}

/** Seconds after which it is told how many lines were lost, as long as some are. */
const lossSeconds = 5;
const portion = 64 * 1024;
const tail = 8 * 1024;

/** A log that loses what its store or whoever it is sent to cannot take: nobody is ever held up by that. */
export function createLog(sys: Sys, loop: Loop, console: Console, options: LogOptions): Log {
  const { name, plan, store, send, echo } = options;
  const times = createTimes();
  const followers = new Set<() => void>();
  let lost = 0;
  let why = '';
  /** What came last was no whole line. */
  let isMidLine = false;
  let cancelLoss: CancelTimer | undefined;
  const rate = plan.rate === undefined ? undefined : createRateLimit(sys, loop, plan.rate, tellLeftOut);

  function tellLeftOut(count: number): void {
    note(`${count} lines are left out here, more than ${plan.rate?.lines ?? 0} in ${plan.rate?.seconds ?? 0} s`);
  }

  function lose(count: number, error: unknown): void {
    if (errnoOf(error) === undefined) throw error;
    lost += count;
    why = describeError(error);
    cancelLoss ??= loop.after(lossSeconds, tellLoss);
  }

  function tellLoss(): void {
    const count = lost;
    stopCounting();
    if (count === 0) return;
    const text = `${count} lines are lost: ${why}`;
    console.warn(`log of ${name}: ${text}`);
    note(text);
    // That of the note itself is told already.
    stopCounting();
  }

  function stopCounting(): void {
    cancelLoss?.();
    cancelLoss = undefined;
    lost = 0;
  }

  /** A line of our own. */
  function note(text: string): void {
    endLine();
    deliver([plan.json ? text : `tskit: ${text}`], 'tskit');
  }

  function endLine(): void {
    if (isMidLine) keep(Uint8Array.of(newline));
  }

  function keep(bytes: Uint8Array): void {
    const before = store.end();
    try {
      store.append(bytes);
      isMidLine = bytes.at(-1) !== newline;
    } catch (error) {
      if (store.end() !== before) isMidLine = true;
      lose(countLines(bytes), error);
    }
    if (store.end() === before) return;
    times.add(uptime(sys), before);
    for (const onMore of followers) onMore();
  }

  function deliver(lines: readonly string[], stream: Stream): void {
    if (lines.length === 0) return;
    const time = plan.json ? timeOf(sys) : '';
    const formed = plan.json ? lines.map((text) => JSON.stringify({ time, stream, service: name, text })) : lines;
    if (send !== undefined) for (const line of formed) sendOrLose(send, line);
    keep(sys.encodeUtf8(`${formed.join('\n')}\n`));
  }

  function sendOrLose(send: Send, line: string): void {
    try {
      send(line);
    } catch (error) {
      lose(1, error);
    }
  }

  /** Where the line begins that the byte at `offset` is part of the end of, or that byte itself where that begins one. */
  function nextLine(offset: number): number {
    const { bytes, next } = store.read(offset - 1, tail);
    const end = bytes.indexOf(newline);
    return end < 0 ? next : next - bytes.length + end + 1;
  }

  const needsLines = plan.json || rate !== undefined || send !== undefined;
  const input: LogInput = {
    isSplit: plan.json,
    bytes: needsLines ? undefined : keep,
    lines(text, stream) {
      const lines = text.split('\n');
      deliver(rate?.admit(lines) ?? lines, stream);
    },
    end() {
      rate?.end();
      tellLoss();
      store.close();
    },
  };

  return {
    place: store.place,
    open() {
      endLine();
      return openRun(sys, loop, console, input, echo ? name : undefined);
    },
    start(since) {
      if (since === undefined) return 0;
      const offset = times.find(since) ?? store.end();
      return offset > 0 && offset < store.end() ? nextLine(offset) : offset;
    },
    read: (offset) => store.read(offset, portion),
    follow(onMore) {
      followers.add(onMore);
      return () => followers.delete(onMore);
    },
    lastLines(count) {
      let text = '';
      let offset = Math.max(0, store.end() - tail);
      if (offset > 0) offset = nextLine(offset);
      for (let piece = store.read(offset, tail); piece.bytes.length > 0; piece = store.read(piece.next, tail))
        text += sys.decodeUtf8(piece.bytes);
      return text.trimEnd().split('\n').slice(-count).join('\n');
    },
  };
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count += 1;
  return Math.max(1, count);
}
