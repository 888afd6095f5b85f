// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createWriteStream, fstatSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { interruptionOf } from '../oci/interruption.ts';
import { Sink } from './sink.ts';

const standardOutput = 1;

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
    if (!stats.isFIFO() && !stats.isSocket())
      return new StreamSink(createWriteStream('', { fd: standardOutput }), signal);
    const { Socket } = await import('node:net');
    return new StreamSink(new Socket({ fd: standardOutput, readable: false, writable: true }), signal);
  }

  /** A file that cannot be replaced, such as a named pipe. */
  static to(path: string, signal: AbortSignal): StreamSink {
    return new StreamSink(createWriteStream(path, { flags: 'a' }), signal);
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

  /** Waits until the system has all of it. */
  async finish(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
  }
}
