// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { ContentReader } from '../../content.ts';
import type { BuildContext } from '../../context.ts';
import { contentSize } from '../../file-tree.ts';
import { throwIfInterrupted } from '../../oci/interruption.ts';
import type { BootFiles } from '../boot-files.ts';

const chunkSize = 1 << 20;

/**
 * SHA-256 of all that boots, in hex: what ids of partitions and file systems are derived from.
 * @throws TskitError `store`, `interrupted`.
 */
export function contentKey(files: BootFiles, { signal }: Pick<BuildContext, 'signal'>): string {
  const { kernel, ucode, initrd, cmdline, root } = files;
  const hash = createHash('sha256').update(JSON.stringify([cmdline, root?.partUuid ?? '']));
  const buffer = Buffer.allocUnsafe(chunkSize);
  using reader = new ContentReader();
  for (const content of [kernel, ucode, ...(initrd?.parts ?? [])]) {
    if (content === undefined) continue;
    const size = contentSize(content);
    hash.update(`\n${size}\n`);
    for (let done = 0; done < size; done += chunkSize) {
      throwIfInterrupted(signal);
      const length = Math.min(chunkSize, size - done);
      reader.read(content, done, buffer, 0, length);
      hash.update(buffer.subarray(0, length));
    }
  }
  return hash.digest('hex');
}
