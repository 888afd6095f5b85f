// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { interruptionOf } from '../oci/interruption.ts';
import { Sink } from './sink.ts';

/** A pipe, a device or standard output: what is written cannot be taken back, so that it only ends well or with an error. */
export class StreamSink extends Sink {
  readonly #stream: Writable;
  readonly #signal: AbortSignal;
  #size = 0;

  constructor(stream: Writable, signal: AbortSignal) {
    super();
    this.#stream = stream;
    this.#signal = signal;
  }

  /**
   * This process's standard output. A reader that goes away early is a failure here, other than for lines (main.ts): what it
   * has got is no artifact.
   */
  static standardOutput(signal: AbortSignal): StreamSink {
    process.stdout.removeAllListeners('error');
    process.stdout.on('error', () => {});
    return new StreamSink(process.stdout, signal);
  }

  /** A file that cannot be replaced, such as a named pipe. */
  static to(path: string, signal: AbortSignal): StreamSink {
    const stream = createWriteStream(path, { flags: 'a' });
    stream.on('error', () => {});
    return new StreamSink(stream, signal);
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

  /** Waits until the system has all of it; standard output stays open. */
  async finish(): Promise<void> {
    if (this.#stream === process.stdout) return;
    this.#stream.end();
    await finished(this.#stream);
  }
}
