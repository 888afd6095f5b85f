// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { resolve as resolvePath } from 'node:path';
import { TskitError } from '../errors.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import { sbomReference } from '../oci/sbom-reference.ts';
import { openStore, type Store } from '../oci/store.ts';

/**
 * Lets the store forget images by the names that users write or `cache ls` shows; all or none. Their blobs stay until the cache
 * is cleaned. Throws `not-found` for a name that is not there, `store`.
 */
export async function forgetImages(cache: string, texts: readonly string[], signal: AbortSignal): Promise<void> {
  const store = await openStore(cache, signal);
  const known = new Set(store.references().map(({ reference }) => reference));
  const names = texts.map((text) => {
    const name = known.has(text) ? text : storeNameOf(text);
    if (!known.has(name)) {
      throw new TskitError('not-found', `removing "${text}": not in the store "${store.root}"`, {
        hint: 'see `tskit cache ls` for what is there',
      });
    }
    return name;
  });
  await store.untag(new Set([...names, ...descriptionsOf(store, new Set(names))]));
}

/** Names of the SBOMs of images that no other name leads to. */
function descriptionsOf(store: Store, names: ReadonlySet<string>): readonly string[] {
  const kept = new Set<string>(
    store.references().flatMap(({ reference, descriptor }) => (names.has(reference) ? [] : [descriptor.digest])),
  );
  return [...names].flatMap((name) => {
    const digest = store.lookup(name)?.digest;
    return digest === undefined || kept.has(digest) ? [] : [sbomReference(digest)];
  });
}

function storeNameOf(text: string): string {
  const reference = parseReference(text);
  return formatReference('path' in reference ? { ...reference, path: resolvePath(reference.path) } : reference);
}
