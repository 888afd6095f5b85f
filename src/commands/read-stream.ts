// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createReadStream } from 'node:fs';
import { addAbortSignal } from 'node:stream';

/** All of a file or of standard input, or its start where it is longer than `most`: for what can make a reader wait. */
export async function readStream(file: string | undefined, most: number, signal: AbortSignal): Promise<Buffer> {
  const stream = file === undefined ? process.stdin : createReadStream(file, { end: most });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of addAbortSignal(signal, stream)) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > most) break;
  }
  return Buffer.concat(chunks);
}
