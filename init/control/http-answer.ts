// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The client's half of http.ts. Imported by the host's side too: no system calls, nothing of Node.

/** Bytes of a head or of a chunk's first line. */
const longestHead = 4096;
const cr = 13;
const lf = 10;

/** Takes one answer apart as it comes. */
export interface AnswerReader {
  /** Throws when it is no answer of HTTP/1.1. */
  push(bytes: Uint8Array): void;
  /** 0 until it is known. */
  readonly status: number;
  readonly isDone: boolean;
  /** Of a program that has run (exec.ts). */
  readonly exitCode: number | undefined;
}

/** `onBody` gets the body bit by bit; a part is only good during the call. */
export function createAnswerReader(onBody: (part: Uint8Array, status: number) => void): AnswerReader {
  let held = new Uint8Array();
  let state: 'head' | 'chunk' | 'body' | 'trailer' | 'done' = 'head';
  let exitCode: number | undefined;
  let status = 0;
  let isChunked = false;
  /** Bytes of the body, or of the chunk, still to come. */
  let left = 0;

  /** Whether something was taken. */
  function step(): boolean {
    switch (state) {
      case 'head':
        return takeHead();
      case 'chunk':
        return takeChunkSize();
      case 'body':
        return takeBody();
      case 'trailer':
        return takeTrailer();
      case 'done':
        return false;
    }
  }

  function takeHead(): boolean {
    const text = takeUntil(endOfHead(held, held.length));
    if (text === undefined) return false;
    const [, code] = /^HTTP\/1\.1 (\d{3}) /.exec(text) ?? [];
    const [, length] = /\r\nContent-Length: (\d+)\r\n/i.exec(text) ?? [];
    isChunked = code === '101' || /\r\nTransfer-Encoding: chunked\r\n/i.test(text);
    if (code === undefined || (length === undefined && !isChunked)) throw new Error('no answer of HTTP/1.1');
    status = Number(code);
    left = Number(length ?? 0);
    state = isChunked ? 'chunk' : left > 0 ? 'body' : 'done';
    return true;
  }

  function takeChunkSize(): boolean {
    const text = takeUntil(held.indexOf(lf) + 1);
    if (text === undefined) return false;
    // The end of the chunk before.
    if (text === '\r\n') return true;
    if (!/^[0-9a-f]{1,8}\r\n$/i.test(text)) throw new Error('the answer breaks off');
    left = Number.parseInt(text, 16);
    state = left > 0 ? 'body' : 'trailer';
    return true;
  }

  function takeTrailer(): boolean {
    const text = takeUntil(held.indexOf(lf) + 1);
    if (text === undefined) return false;
    const [, code] = /^Exit-Code: (\d+)/.exec(text) ?? [];
    if (code !== undefined) exitCode = Number(code);
    if (text === '\r\n') state = 'done';
    return true;
  }

  function takeBody(): boolean {
    const part = held.subarray(0, left);
    if (part.length === 0) return false;
    onBody(part, status);
    held = held.subarray(part.length);
    left -= part.length;
    if (left === 0) state = isChunked ? 'chunk' : 'done';
    return true;
  }

  /** The text before `end`; undefined when that is not there yet. */
  function takeUntil(end: number): string | undefined {
    if (Math.max(end, end > 0 ? 0 : held.length) > longestHead) throw new Error('no answer of HTTP/1.1');
    if (end <= 0) return undefined;
    const text = String.fromCharCode(...held.subarray(0, end));
    held = held.subarray(end);
    return text;
  }

  return {
    push(bytes) {
      const whole = new Uint8Array(held.length + bytes.length);
      whole.set(held);
      whole.set(bytes, held.length);
      held = whole;
      while (step());
    },
    get status() {
      return status;
    },
    get exitCode() {
      return exitCode;
    },
    get isDone() {
      return state === 'done';
    },
  };
}

/** Where the first empty line ends; -1 when it is not there yet. */
export function endOfHead(bytes: Uint8Array, length: number): number {
  for (let at = 3; at < length; at += 1)
    if (bytes[at] === lf && bytes[at - 1] === cr && bytes[at - 2] === lf && bytes[at - 3] === cr) return at + 1;
  return -1;
}
