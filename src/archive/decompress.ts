// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { open } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { TskitError } from '../errors.ts';
import { splitZstdFrames } from './zstd-frames.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** Node's 16 KiB of output a step costs half of the time of inflating in round trips to the thread pool. */
const chunkSize = 256 * 1024;
/** zstd's own default: larger windows need --long on its command line too. */
const maxWindowLog = 27;

/** What the first bytes say, whatever a media type claims; `offset` is for a file inside an archive. */
export async function detectCompression(file: string, offset = 0): Promise<Compression> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, offset);
  const magic = buffer.toString('hex', 0, bytesRead);
  if (magic.startsWith('1f8b')) {
    return 'gzip';
  }
  // 184d2a5? in little endian: a skippable frame may come first.
  return magic === '28b52ffd' || /^5.2a4d18$/.test(magic) ? 'zstd' : 'none';
}

/**
 * Streams what a compressed file unpacks to into `write`, all members or frames of it.
 * @param onRead is told of each piece of the compressed bytes that was read.
 * @throws TskitError `archive` when the stream is damaged or truncated; what `write` throws passes through.
 */
export async function decompress(
  file: string,
  compression: 'gzip' | 'zstd',
  write: (chunk: Buffer) => Promise<void>,
  options: { readonly signal: AbortSignal; readonly onRead: (bytes: number) => void },
): Promise<void> {
  await using handle = await open(file);
  const source = countBytes(handle.createReadStream({ highWaterMark: chunkSize, autoClose: false }), options.onRead);
  await decompressStream(source, compression, write, options.signal);
}

/** The same of a compressed stream, for what is part of a file or not in one. */
export async function decompressStream(
  source: AsyncIterable<Buffer>,
  compression: 'gzip' | 'zstd',
  write: (chunk: Buffer) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const decoder: Duplex =
    compression === 'gzip'
      ? createGunzip({ chunkSize })
      : createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: maxWindowLog } });
  const input = compression === 'gzip' ? source : splitZstdFrames(source);
  const sink = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      await write(chunk);
    }
  };
  try {
    await pipeline(input, decoder, sink, { signal });
  } catch (error) {
    throw decoderError(compression, error);
  }
}

async function* countBytes(source: AsyncIterable<Buffer>, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    onRead(chunk.length);
    yield chunk;
  }
}

/** zlib's and zstd's own errors in our words; anything else as it is. */
export function decoderError(compression: Compression, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') {
    return new TskitError('archive', `${compression}: the stream ends early`, { cause: error });
  }
  if (code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new TskitError('archive', `${compression}: data after the end of the stream`, { cause: error });
  }
  if (/^(Z_|ZSTD_)/.test(code) && error instanceof Error) {
    return new TskitError('archive', `${compression}: ${error.message} (${code})`, { cause: error });
  }
  return error;
}
