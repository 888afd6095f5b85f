// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Takes an answer of HTTP/1.x apart as it comes (RFC 9112): a body of a known length, in chunks, or up to the end of the connection.

import { type Allowance, RefusedError } from './allowance.ts';

/** Bytes of a head, with those of the answers that say to go on before it, and of a trailer. */
const longestHead = 16 * 1024;
/** Bytes of a body: several times what any cloud allows for all of its metadata. */
export const longestBody: number = 4 * 1024 * 1024;
/** Characters of a chunk's first line. */
const longestLine = 1024;
const lf = 10;

/** An answer without its text. */
export interface RawAnswer {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Of status 200; others are not read. */
  readonly body: Uint8Array;
}

/** Reads one answer. What it throws says what was expected of the server. */
export class ReplyReader {
  readonly #most: number;
  readonly #allowance: Allowance;
  #bytes = new Uint8Array(4096);
  #length = 0;
  /** How much of it is taken. */
  #at = 0;
  #head: { readonly status: number; readonly headers: ReadonlyMap<string, string> } | undefined;
  /** One buffer that grows: what comes in pieces of a byte would need many times its size. */
  #body = new Uint8Array(0);
  #bodyLength = 0;
  /** Bytes of heads or of the trailer. */
  #headLength = 0;
  #state: 'head' | 'chunk' | 'chunk-body' | 'chunk-end' | 'trailer' | 'body' | 'rest' | 'done' = 'head';
  /** Bytes of the body or chunk still to come. */
  #left = 0;

  constructor(most: number = longestBody, allowance: Allowance = { whole: most, left: most }) {
    this.#most = most;
    this.#allowance = allowance;
  }

  /** The answer, once it is whole. */
  get answer(): RawAnswer | undefined {
    if (this.#state !== 'done' || this.#head === undefined) return undefined;
    return { ...this.#head, body: this.#body.subarray(0, this.#bodyLength) };
  }

  /** Gives back what it has taken of the allowance: nobody will have its body. */
  release(): void {
    this.#allowance.left += this.#bodyLength;
    this.#bodyLength = 0;
  }

  /** The next bytes. They are copied. */
  push(bytes: Uint8Array): void {
    this.#keep(bytes);
    while (this.#step());
    if (this.#at > 0) {
      this.#bytes.copyWithin(0, this.#at, this.#length);
      this.#length -= this.#at;
      this.#at = 0;
    }
  }

  /** The connection has ended. Throws when the answer has not. */
  end(): void {
    if (this.#state === 'rest') this.#state = 'done';
    if (this.#state !== 'done')
      throw new Error(
        this.#length + this.#bodyLength === 0 && this.#head === undefined ? 'no answer' : 'the answer breaks off',
      );
  }

  #keep(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = needed;
  }

  /** Whether something was taken. */
  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#takeHead();
      case 'chunk':
        return this.#takeChunkSize();
      case 'chunk-end':
        return this.#takeChunkEnd();
      case 'chunk-body':
      case 'body':
        return this.#takeBody(this.#left);
      case 'rest':
        return this.#takeBody(Infinity);
      case 'trailer':
        return this.#takeTrailer();
      case 'done':
        return false;
    }
  }

  #takeHead(): boolean {
    const end = this.#endOfHead();
    this.#refuseLongHead('head', this.#headLength + (end ?? this.#length) - this.#at);
    if (end === undefined) return false;
    this.#headLength += end - this.#at;
    const text = String.fromCharCode(...this.#bytes.subarray(this.#at, end));
    this.#at = end;
    const [first = '', ...lines] = text.split(/\r?\n/);
    const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
    if (status === undefined) throw new Error('expected an answer of HTTP/1.1, found something else');
    // 100 Continue and the like come before the answer.
    if (status.startsWith('1')) return true;
    this.#head = { status: Number(status), headers: parseHeaders(lines) };
    this.#state = this.#bodyState(this.#head.status, this.#head.headers);
    this.#headLength = 0;
    return true;
  }

  #refuseLongHead(what: 'head' | 'trailer', length: number): void {
    if (length > longestHead) throw new RefusedError(`expected a ${what} of at most ${longestHead} bytes, found more`);
  }

  #endOfHead(): number | undefined {
    for (
      let at = this.#bytes.indexOf(lf, this.#at);
      at >= 0 && at < Math.min(this.#length, this.#at + longestHead);
      at = this.#bytes.indexOf(lf, at + 1)
    ) {
      // Two ends of a line, with or without the carriage return.
      if (at + 1 < this.#length && this.#bytes[at + 1] === lf) return at + 2;
      if (at + 2 < this.#length && this.#bytes[at + 1] === 13 && this.#bytes[at + 2] === lf) return at + 3;
    }
    return undefined;
  }

  #bodyState(status: number, headers: ReadonlyMap<string, string>): 'chunk' | 'body' | 'rest' | 'done' {
    if (status !== 200) return 'done';
    const coding = headers.get('content-encoding');
    if (coding !== undefined && coding.toLowerCase() !== 'identity')
      throw new RefusedError(
        `expected a body as it is, found one with the coding ${JSON.stringify(coding.slice(0, 40))}`,
      );
    const encoding = headers.get('transfer-encoding');
    if (encoding !== undefined) {
      if (encoding.toLowerCase() !== 'chunked')
        throw new Error('expected a body as it is or in chunks, found another coding');
      return 'chunk';
    }
    const length = headers.get('content-length');
    if (length === undefined) return 'rest';
    if (!/^\d{1,15}$/.test(length)) throw new Error('expected a number as Content-Length, found something else');
    this.#left = Number(length);
    this.#refuseMoreThan(this.#left);
    return this.#left === 0 ? 'done' : 'body';
  }

  #refuseMoreThan(more: number): void {
    if (this.#bodyLength + more > this.#most)
      throw new RefusedError(`expected at most ${this.#most} bytes, found more`);
    const { whole, left } = this.#allowance;
    if (more > left)
      throw new RefusedError(`expected at most ${whole} bytes in all answers of one provider, found more`);
  }

  #keepBody(bytes: Uint8Array): void {
    const needed = this.#bodyLength + bytes.length;
    if (needed > this.#body.length) {
      const larger = new Uint8Array(Math.min(this.#most, Math.max(needed, 2 * this.#body.length)));
      larger.set(this.#body.subarray(0, this.#bodyLength));
      this.#body = larger;
    }
    this.#body.set(bytes, this.#bodyLength);
    this.#bodyLength = needed;
    this.#allowance.left -= bytes.length;
  }

  #takeBody(limit: number): boolean {
    const count = Math.min(limit, this.#length - this.#at);
    if (count === 0) return false;
    this.#refuseMoreThan(count);
    this.#keepBody(this.#bytes.subarray(this.#at, this.#at + count));
    this.#at += count;
    if (this.#state === 'rest') return true;
    this.#left -= count;
    if (this.#left === 0) this.#state = this.#state === 'body' ? 'done' : 'chunk-end';
    return true;
  }

  #takeChunkEnd(): boolean {
    const line = this.#takeLine();
    if (line === undefined) return false;
    if (line !== '') throw new Error('expected the end of a chunk, found more of it');
    this.#state = 'chunk';
    return true;
  }

  #takeChunkSize(): boolean {
    const line = this.#takeLine();
    if (line === undefined) return false;
    const size = /^([0-9a-f]{1,8})(?:[ \t;]|$)/i.exec(line)?.[1];
    if (size === undefined) throw new Error('expected the size of a chunk, found something else');
    this.#left = Number.parseInt(size, 16);
    this.#refuseMoreThan(this.#left);
    this.#state = this.#left === 0 ? 'trailer' : 'chunk-body';
    return true;
  }

  #takeTrailer(): boolean {
    const start = this.#at;
    const line = this.#takeLine();
    this.#headLength += this.#at - start;
    this.#refuseLongHead('trailer', this.#headLength);
    if (line === '') this.#state = 'done';
    return line !== undefined;
  }

  /** Without its end. */
  #takeLine(): string | undefined {
    const end = this.#bytes.indexOf(lf, this.#at);
    const isThere = end >= 0 && end < this.#length;
    if ((isThere ? end : this.#length) - this.#at > longestLine) throw new Error('expected a line, found no end of it');
    if (!isThere) return undefined;
    const text = String.fromCharCode(...this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text.replace(/\r$/, '');
  }
}

function parseHeaders(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}
