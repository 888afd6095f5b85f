// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf, readTextIfPresent } from '../files.ts';
import { AT_FDCWD, EPOLLIN, F_SETFL, O_APPEND, O_CLOEXEC, O_CREAT, O_NONBLOCK, O_WRONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Console } from './console.ts';
import { createLineBuffer, type LineBuffer } from './lines.ts';
import type { Loop } from './loop.ts';

/** A log that would grow beyond this becomes NAME.log.1, in place of an older one, and starts anew. */
const rotateAt = 1024 * 1024;
/** Bytes read at once, before others get their turn; what a pipe holds. */
const portion = 64 * 1024;
/** What is read is taken at once, so that one buffer serves for all logs. */
const buffer: Uint8Array = new Uint8Array(portion);
/** A longer line comes to the console in parts. */
const longestLine = 1024;

/** The log of one container: a pipe that the container writes into, and a file that takes what comes. */
export interface Log {
  /** The pipe's end for the container's stdout and stderr. */
  readonly writer: number;
  /** Closes our copy of `writer`, once the container has its own. */
  closeWriter(): void;
  /** Takes what is still in the pipe, and ends. */
  close(): void;
}

/** Where a log goes: its file, and the console when `echo` is set, each line after the container's name. */
export interface LogTarget {
  readonly name: string;
  readonly path: string;
  readonly echo: boolean;
}

/**
 * Opens a log. What its file cannot take (a full /var) is lost: the container is never held up by it. Throws when the pipe
 * cannot be made.
 */
export function openLog(sys: Sys, loop: Loop, console: Console, target: LogTarget): Log {
  const [reader, writer] = sys.pipe2(O_CLOEXEC);
  // Of our end only: the container's has an open file description of its own, and blocks as programs expect.
  sys.fcntl(reader, F_SETFL, O_NONBLOCK);
  const file = createLogFile(sys, target.path);
  const lines = target.echo
    ? createLineBuffer(sys, longestLine, (lines) => console.copy(target.name, lines))
    : undefined;
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
    file.append(bytes);
    if (lines !== undefined) echo(lines, bytes);
    return true;
  }

  function echo(lines: LineBuffer, bytes: Uint8Array): void {
    if (console.isBehind()) {
      lines.clear();
      console.leaveOut(bytes.length);
    } else {
      lines.add(bytes);
    }
  }

  function closeReader(): void {
    if (!readerOpen) return;
    readerOpen = false;
    loop.unwatch(reader);
    sys.close(reader);
    lines?.end();
  }

  function closeWriter(): void {
    if (writerOpen) sys.close(writer);
    writerOpen = false;
  }

  loop.watch(reader, EPOLLIN, take);
  return {
    writer,
    closeWriter,
    close() {
      closeWriter();
      // Twice what a pipe holds: a process that outlived its container could go on filling it.
      for (let portions = 2; portions > 0 && take(); portions -= 1);
      closeReader();
      file.close();
    },
  };
}

interface LogFile {
  append(bytes: Uint8Array): void;
  close(): void;
}

function createLogFile(sys: Sys, path: string): LogFile {
  let fd: number | undefined;
  let size = 0;

  function open(): number {
    return sys.openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640);
  }

  function close(): void {
    if (fd !== undefined) sys.close(fd);
    fd = undefined;
  }

  function append(bytes: Uint8Array): void {
    if (size + bytes.length > rotateAt) {
      close();
      // A container that has /var may have removed it.
      ignoreFailure(() => sys.renameat2(AT_FDCWD, path, AT_FDCWD, `${path}.1`, 0));
      size = 0;
    }
    fd ??= open();
    for (let offset = 0; offset < bytes.length; ) offset += sys.write(fd, bytes.subarray(offset));
    size += bytes.length;
  }

  return {
    append: (bytes) => ignoreFailure(() => append(bytes)),
    close,
  };
}

function ignoreFailure(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

/** The last lines of a log, without the newline at its end; '' when it is empty or missing. */
export function lastLines(sys: Sys, path: string, count: number): string {
  return (readTextIfPresent(sys, path) ?? '').trimEnd().split('\n').slice(-count).join('\n');
}
