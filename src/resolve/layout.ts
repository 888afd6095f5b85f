// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { parseManifestOrIndex } from '../oci/manifest.ts';
import { choosePlatform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { Store } from '../oci/store.ts';
import { type Descriptor, type Index, mediaTypes, type Platform } from '../oci/types.ts';

/** An image that is wanted as a whole, as an OCI layout: its indexes and manifests are in the store, its blobs need not be. */
export interface ResolvedLayout {
  /** As the spec has it. */
  readonly reference: string;
  readonly source: Reference;
  /** What the reference names. */
  readonly named: Descriptor;
  /** Under which name the store is to keep `named`; absent for recipes. */
  readonly storeName?: string;
  /** What the layout lists: `named`, or an index of the platforms that were asked for. */
  readonly entry: Descriptor;
  /** Indexes below the entry. */
  readonly indexes: readonly Descriptor[];
  readonly manifests: readonly LayoutManifest[];
}

/** A manifest of a layout. */
export interface LayoutManifest {
  readonly descriptor: Descriptor;
  /** What its config must be for, where somebody asked for a platform. */
  readonly platform?: Platform;
}

/** What of a layout follows from its documents. */
export type LayoutDocuments = Pick<ResolvedLayout, 'entry' | 'indexes' | 'manifests'>;

/** An index or manifest in bytes, which are in the store from then on. */
export type ReadDocument = (descriptor: Descriptor) => Promise<Uint8Array>;

/** What to do about a platform that an image does not have. */
export const platformsHint = 'take it out of the `platforms` of the volume, or choose an image that has it';

/** An index may list indexes (OCI image-spec image-index.md), but nobody nests them deeper than this. */
const indexDepth = 4;

/**
 * Reads all indexes and manifests that `named` leads to, or those of `platforms` only, when there are any. Throws `manifest`,
 * `platform` and what `read` throws.
 */
export async function layoutDocuments(
  named: Descriptor,
  platforms: readonly Platform[],
  read: ReadDocument,
  store: Store,
): Promise<LayoutDocuments> {
  return platforms.length === 0 ? wholeLayout(named, read) : partOfLayout(named, platforms, read, store);
}

async function wholeLayout(named: Descriptor, read: ReadDocument): Promise<LayoutDocuments> {
  const indexes = new Map<string, Descriptor>();
  const manifests = new Map<string, LayoutManifest>();
  const visit = async (descriptor: Descriptor, depth: number): Promise<void> => {
    if (indexes.has(descriptor.digest) || manifests.has(descriptor.digest)) return;
    checkDepth(named, depth);
    const document = await readIndexOrManifest(descriptor, read);
    if (document === 'manifest') {
      manifests.set(descriptor.digest, { descriptor });
      return;
    }
    indexes.set(descriptor.digest, descriptor);
    for (const listed of document.manifests) await visit(listed, depth + 1);
  };
  await visit(named, 0);
  indexes.delete(named.digest);
  return { entry: named, indexes: [...indexes.values()], manifests: [...manifests.values()] };
}

/** An index of its own, since one that lists what is not there is no valid layout. */
async function partOfLayout(
  named: Descriptor,
  platforms: readonly Platform[],
  read: ReadDocument,
  store: Store,
): Promise<LayoutDocuments> {
  const manifests: (LayoutManifest & { readonly platform: Platform })[] = [];
  for (const platform of platforms) manifests.push({ descriptor: await descend(named, platform, read), platform });
  const distinct = [...new Map(manifests.map((manifest) => [manifest.descriptor.digest, manifest])).values()];
  // One manifest without an index needs none, but for each platform that was asked for its config is to be looked at.
  if (distinct.length === 1 && distinct[0]?.descriptor.digest === named.digest) {
    return { entry: named, indexes: [], manifests };
  }
  const index: Index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: distinct.map(({ descriptor, platform }) => ({ platform, ...descriptor })),
  };
  return { entry: await store.writeJson(index, mediaTypes.ociIndex), indexes: [], manifests };
}

async function descend(named: Descriptor, platform: Platform, read: ReadDocument): Promise<Descriptor> {
  let current = named;
  for (let depth = 0; ; depth += 1) {
    checkDepth(named, depth);
    const document = await readIndexOrManifest(current, read);
    if (document === 'manifest') return current;
    current = choosePlatform(document, platform, `index ${current.digest}`, platformsHint);
  }
}

async function readIndexOrManifest(descriptor: Descriptor, read: ReadDocument): Promise<Index | 'manifest'> {
  const document = parseManifestOrIndex(await read(descriptor), `manifest ${descriptor.digest}`);
  return document.kind === 'index' ? document.index : 'manifest';
}

function checkDepth(named: Descriptor, depth: number): void {
  if (depth < indexDepth) return;
  const message = `index ${named.digest}: expected at most ${indexDepth - 1} indexes within each other`;
  throw new TskitError('manifest', message);
}
