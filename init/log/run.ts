// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../files.ts';
import { EPOLLIN, F_SETFL, O_CLOEXEC, O_NONBLOCK } from '../linux.ts';
import type { Console } from '../supervise/console.ts';
import { createLineBuffer, type LineBuffer } from '../supervise/lines.ts';
import type { Loop } from '../supervise/loop.ts';
import type { Sys } from '../sys.ts';
import type { LogInput, Stream } from './log.ts';

/** Where one run of a container writes. */
export interface LogRun {
  /** Descriptors for the container; the same where the two are not told apart. */
  readonly stdout: number;
  readonly stderr: number;
  /** Closes our copies of them, once the container has its own. */
  closeWriters(): void;
  /** Takes what is still in the pipes, and ends. */
  close(): void;
}

/** Bytes read at once, before others get their turn: what a pipe holds, and less where lines have to be looked at. */
const portion = 64 * 1024;
const portionOfLines = 16 * 1024;
/** A longer line comes in parts. */
const longestLine = 16 * 1024;
const longestEchoed = 1024;
/** What is read is handed on before the next is: one buffer serves all. */
const shared = new Uint8Array(portion);

/** Throws when the pipes cannot be made. `echo` is the name that lines have on the console; absent for those that go there not. */
export function openRun(sys: Sys, loop: Loop, console: Console, input: LogInput, echo: string | undefined): LogRun {
  const first = openSource(sys, loop, console, input, 'stdout', echo);
  let second = first;
  try {
    if (input.isSplit) second = openSource(sys, loop, console, input, 'stderr', echo);
  } catch (error) {
    first.close();
    throw error;
  }
  const sources = new Set([first, second]);
  return {
    stdout: first.writer,
    stderr: second.writer,
    closeWriters() {
      for (const source of sources) source.closeWriter();
    },
    close() {
      for (const source of sources) source.close();
      input.end();
    },
  };
}

interface Source {
  readonly writer: number;
  closeWriter(): void;
  close(): void;
}

function openSource(
  sys: Sys,
  loop: Loop,
  console: Console,
  input: LogInput,
  stream: Stream,
  echo: string | undefined,
): Source {
  const [reader, writer] = sys.pipe2(O_CLOEXEC);
  // Of our end only: the container's has an open file description of its own, and blocks as programs expect.
  sys.fcntl(reader, F_SETFL, O_NONBLOCK);
  const toConsole =
    echo === undefined ? undefined : createLineBuffer(sys, longestEchoed, (lines) => console.copy(echo, lines));
  const lines =
    input.bytes === undefined ? createLineBuffer(sys, longestLine, (text) => input.lines(text, stream)) : undefined;
  const buffer = lines === undefined ? shared : shared.subarray(0, portionOfLines);
  let readerOpen = true;
  let writerOpen = true;

  /** Whether there may be more. */
  function take(): boolean {
    if (!readerOpen) return false;
    let length: number;
    try {
      length = sys.read(reader, buffer);
    } catch (error) {
      if (errnoOf(error) === 'EAGAIN') return false;
      throw error;
    }
    if (length === 0) {
      closeReader();
      return false;
    }
    const bytes = buffer.subarray(0, length);
    if (lines === undefined) input.bytes?.(bytes);
    else lines.add(bytes);
    if (toConsole !== undefined) copy(toConsole, bytes);
    return true;
  }

  function copy(to: LineBuffer, bytes: Uint8Array): void {
    if (console.isBehind()) {
      to.clear();
      console.leaveOut(bytes.length);
    } else {
      to.add(bytes);
    }
  }

  function closeReader(): void {
    if (!readerOpen) return;
    readerOpen = false;
    loop.unwatch(reader);
    sys.close(reader);
    lines?.end();
    toConsole?.end();
  }

  function closeWriter(): void {
    if (writerOpen) sys.close(writer);
    writerOpen = false;
  }

  try {
    loop.watch(reader, EPOLLIN, take);
  } catch (error) {
    closeWriter();
    sys.close(reader);
    throw error;
  }
  return {
    writer,
    closeWriter,
    close() {
      closeWriter();
      // Twice what a pipe holds: a process that outlived its container could go on filling it.
      for (let left = (2 * portion) / buffer.length; left > 0 && take(); left -= 1);
      closeReader();
    },
  };
}
