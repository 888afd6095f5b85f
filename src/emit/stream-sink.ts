// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { constants, createWriteStream, fstatSync, openSync, statSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { interruptionOf, throwIfInterrupted } from '../oci/interruption.ts';
import { errnoOf } from '../oci/store-error.ts';
import { Sink } from './sink.ts';

const standardOutput = 1;
/** Between two looks for a reader of a named pipe. */
const pollMs = 20;
const zeros = Buffer.alloc(64 * 1024);

/** A pipe, a device or standard output: what is written cannot be taken back, so that it only ends well or with an error. */
export class StreamSink extends Sink {
  readonly #stream: Writable;
  readonly #signal: AbortSignal;
  #size = 0;

  private constructor(stream: Writable, signal: AbortSignal) {
    super();
    // Each write tells of its own failure; a stream without a listener would throw it as well.
    stream.on('error', () => {});
    this.#stream = stream;
    this.#signal = signal;
  }

  /**
   * This process's standard output, through a stream of its own: process.stdout cannot be destroyed, so that a write to a
   * reader that does not read would keep an interrupted process.
   */
  static async standardOutput(signal: AbortSignal): Promise<StreamSink> {
    const stats = fstatSync(standardOutput);
    const isPipe = stats.isFIFO() || stats.isSocket();
    return new StreamSink(isPipe ? await pipeStream(standardOutput) : fileStream(standardOutput), signal);
  }

  /** A stream that somebody else made, such as the standard input of a program. */
  static into(stream: Writable, signal: AbortSignal): StreamSink {
    return new StreamSink(stream, signal);
  }

  /** A file that cannot be replaced, such as a named pipe. */
  static async to(path: string, signal: AbortSignal): Promise<StreamSink> {
    if (statSync(path).isFIFO()) return new StreamSink(await pipeStream(await openPipe(path, signal)), signal);
    return new StreamSink(fileStream(openSync(path, 'a')), signal);
  }

  get size(): number {
    return this.#size;
  }

  /** Gives up on a reader that does not read when it is interrupted. */
  async write(bytes: Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      this.#stream.destroy();
      reject(interruptionOf(this.#signal));
    };
    this.#signal.addEventListener('abort', giveUp, { once: true });
    this.#stream.write(bytes, (error) => (error ? reject(error) : resolve()));
    try {
      await promise;
    } finally {
      this.#signal.removeEventListener('abort', giveUp);
    }
    this.#size += bytes.length;
  }

  async writeZeros(length: number): Promise<void> {
    for (let done = 0; done < length; done += zeros.length) {
      await this.write(zeros.subarray(0, Math.min(zeros.length, length - done)));
    }
  }

  /** Waits until the system has all of it. */
  async finish(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
  }
}

/** Writes that wait for the reader of a pipe can be given up, other than those of a file. */
async function pipeStream(fd: number): Promise<Writable> {
  const { Socket } = await import('node:net');
  return new Socket({ fd, readable: false, writable: true });
}

function fileStream(fd: number): Writable {
  return createWriteStream('', { fd });
}

/** Waits for a reader by asking again: open(2) itself would wait too, but not to be interrupted. */
async function openPipe(path: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    throwIfInterrupted(signal);
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (errnoOf(error) !== 'ENXIO') throw error;
    }
    await sleep(pollMs);
  }
}
