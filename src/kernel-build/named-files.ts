// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RequestedOption } from './fragments.ts';

/**
 * What lies in files of this machine that options name by absolute paths, such as CONFIG_SYSTEM_TRUSTED_KEYS and CONFIG_INITRAMFS_SOURCE:
 * SHA-256 in hex of each, in the order of the options. A path that is no file has none; the build itself says what is wrong with it.
 */
export async function namedFiles(options: ReadonlyMap<string, RequestedOption>): Promise<readonly string[]> {
  const paths = [...options.values()].flatMap(({ value }) =>
    value.startsWith('"')
      ? value
          .slice(1, -1)
          .split(/\s+/)
          .filter((word) => word.startsWith('/'))
      : [],
  );
  const hashes: string[] = [];
  for (const path of paths) {
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes !== undefined) hashes.push(createHash('sha256').update(bytes).digest('hex'));
  }
  return hashes;
}
