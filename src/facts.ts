// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeFileAtomically } from './oci/atomic-file.ts';

/**
 * Remembers in `<cache>/facts/<key>.json` something small that can only be learned by loading trees (does this image
 * bring /init?), so that a warm build knows it without loading any. `key` determines the answer, the answer is JSON.
 * `isFact` recognises one: what another version or a damaged disk left there is learned anew. Throws `store` when it
 * cannot be written.
 */
export async function remember<Fact>(
  cache: string,
  key: string,
  isFact: (value: unknown) => value is Fact,
  learn: () => Promise<Fact>,
): Promise<Fact> {
  const folder = join(cache, 'facts');
  const path = join(folder, `${key}.json`);
  const known = readFact(path);
  if (isFact(known)) return known;
  const fact = await learn();
  makeFolder(folder);
  writeFileAtomically(path, JSON.stringify(fact));
  return fact;
}

function readFact(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Recognises a yes or no that was remembered. */
export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}
