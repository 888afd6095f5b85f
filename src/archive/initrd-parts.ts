// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type FileHandle, open } from 'node:fs/promises';
import { readSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { TskitError } from '../errors.ts';
import { decoderError, decompressStream } from './decompress.ts';
import { zstdFrameEnd } from './zstd-frames.ts';

// An initramfs is any number of cpio archives one behind the other, each compressed or not, with zeros between them (Linux
// Documentation/driver-api/early-userspace/buffer-format.rst).

const chunkSize = 1024 * 1024;

/** A part of an initrd that is decompressed by itself. */
export interface InitrdPart {
  readonly compression: 'none' | 'zstd' | 'gzip';
  readonly start: number;
  /** Past its last byte; of a gzip stream and of what is not compressed only reading tells. */
  readonly end: number | undefined;
}

/** Compressions that the kernel knows and this reader does not, by their first bytes. */
const others: Readonly<Record<string, string>> = {
  fd377a58: 'xz',
  '425a': 'bzip2',
  '5d0000': 'lzma',
  '894c5a4f': 'lzo',
  '02214c18': 'lz4',
};

/** An initrd file that is read part by part. */
export class InitrdFile implements AsyncDisposable {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(path: string, size: number, handle: FileHandle) {
    this.path = path;
    this.size = size;
    this.#handle = handle;
  }

  static async open(path: string): Promise<InitrdFile> {
    const handle = await open(path);
    return new InitrdFile(path, (await handle.stat()).size, handle);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  /**
   * The part that begins at `position` or behind the zeros there; undefined at the end of the file.
   * @throws TskitError `archive` for what is no archive that is known here.
   */
  partAt(position: number): InitrdPart | undefined {
    let start = position;
    for (let bytes = this.bytes(start, 4096); bytes.length > 0; bytes = this.bytes(start, 4096)) {
      const used = bytes.findIndex((byte) => byte !== 0);
      if (used !== -1) return this.#partOf(start + used);
      start += bytes.length;
    }
    return undefined;
  }

  #partOf(start: number): InitrdPart {
    const magic = this.bytes(start, 6);
    const hex = magic.toString('hex');
    if (/^07070[12]$/.test(magic.toString('latin1'))) return { compression: 'none', start, end: undefined };
    if (hex.startsWith('1f8b')) return { compression: 'gzip', start, end: undefined };
    if (hex.startsWith('28b52ffd') || /^5.2a4d18/.test(hex)) {
      return { compression: 'zstd', start, end: zstdFrameEnd((offset, length) => this.bytes(offset, length), start) };
    }
    const known = Object.keys(others).find((prefix) => hex.startsWith(prefix));
    const found = known === undefined ? `the bytes ${hex}` : `${others[known]}, which is not read here`;
    throw new TskitError(
      'archive',
      `"${this.path}": expected a cpio archive, plain or with zstd or gzip, at byte ${start}, found ${found}`,
    );
  }

  /** Bytes of the file, fewer at its end. */
  bytes(offset: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    return buffer.subarray(0, readSync(this.#handle.fd, buffer, 0, length, offset));
  }

  /** The bytes of a part as they are stored. */
  async *stored({ start, end }: InitrdPart): AsyncGenerator<Buffer> {
    const last = end ?? this.size;
    for (let at = start; at < last; ) {
      const { buffer, bytesRead } = await this.#handle.read(
        Buffer.allocUnsafe(chunkSize),
        0,
        Math.min(chunkSize, last - at),
        at,
      );
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  /**
   * Gives what a part unpacks to, piece by piece, to `write`, which ends one that is not compressed by returning how many
   * bytes of its piece it had no use for.
   * @returns where the part ends.
   */
  async read(part: InitrdPart, write: (chunk: Buffer) => number, signal: AbortSignal): Promise<number> {
    if (part.compression === 'zstd') {
      await decompressStream(this.stored(part), 'zstd', async (chunk) => void write(chunk), signal);
      return part.end ?? this.size;
    }
    if (part.compression === 'gzip') return part.start + (await gunzip(this.stored(part), write, signal));
    let at = part.start;
    for await (const chunk of this.stored(part)) {
      const unused = write(chunk);
      at += chunk.length - unused;
      if (unused > 0) break;
    }
    return at;
  }
}

/** @returns how many bytes the stream has, whatever follows it. */
async function gunzip(
  source: AsyncIterable<Buffer>,
  write: (chunk: Buffer) => number,
  signal: AbortSignal,
): Promise<number> {
  const decoder = createGunzip({ chunkSize });
  const sink = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) write(chunk);
  };
  try {
    await pipeline(source, decoder, sink, { signal });
  } catch (error) {
    // What follows the stream is the next part's: the decoder ends before it has taken all.
    if (!(decoder.readableEnded && (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE'))
      throw decoderError('gzip', error);
  }
  return decoder.bytesWritten;
}
