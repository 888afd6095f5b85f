// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createReadStream } from 'node:fs';
import { extract } from 'tar-stream';

/** An entry as tar-stream reads it, with its extended header records. */
export interface ReadEntry {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly text: string;
  readonly records: Readonly<Record<string, string>>;
}

/** All entries of an archive in their order; contents in UTF-8. */
export async function tarEntries(file: string): Promise<readonly ReadEntry[]> {
  const entries: ReadEntry[] = [];
  for await (const entry of createReadStream(file).pipe(extract())) {
    const { name, type, mode, pax } = entry.header as typeof entry.header & {
      readonly pax?: Record<string, string> | null;
    };
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    entries.push({ name, type: type ?? '', mode: mode ?? 0, text, records: pax ?? {} });
  }
  return entries;
}
