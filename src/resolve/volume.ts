// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { openSource } from '../image-sources.ts';
import { lockedWhole } from '../lock.ts';
import { parsePlatform } from '../oci/platform.ts';
import { formatReference, type LocalReference, type RegistryReference } from '../oci/reference.ts';
import type { Descriptor, Digest } from '../oci/types.ts';
import type { VolumeSpec } from '../spec/types.ts';
import { layoutDocuments, type ReadDocument, type ResolvedLayout } from './layout.ts';
import { findNamed, keepDocument, otherThanLocked, parseFrom, pin, type Request } from './request.ts';

/** The image of a volume with all its platforms, or those that the volume asks for; `recipe` is what a recipe made. */
export async function resolveLayout(
  request: Request,
  { platforms = [] }: VolumeSpec,
  recipe: Descriptor | undefined,
): Promise<ResolvedLayout> {
  const { text, specDir, lock, store } = request;
  const asked = platforms.map(parsePlatform);
  const written = parseFrom(specDir, text);
  if (written.kind === 'recipe') {
    if (recipe === undefined) throw new Error(`recipe "${text}" was not resolved`);
    const read = readerOf(request, undefined);
    return { reference: text, source: written, named: recipe, ...(await layoutDocuments(recipe, asked, read, store)) };
  }
  const pinned = lock === undefined ? undefined : lockedWhole(lock, text);
  const source = pinned === undefined || written.kind !== 'registry' ? written : pin(written, pinned);
  const named = await nameLayout(request, source, pinned);
  const documents = await layoutDocuments(named, asked, readerOf(request, source), store);
  return { reference: text, source, storeName: formatReference(source), named, ...documents };
}

async function nameLayout(
  { store, ctx, platform, signal }: Request,
  source: RegistryReference | LocalReference,
  pinned: Digest | undefined,
): Promise<Descriptor> {
  const digest = pinned ?? (source.kind === 'registry' ? source.digest : undefined);
  const stored = findNamed(store, source, digest, ctx.pull);
  if (stored !== undefined) return stored;
  const { descriptor, bytes } = await (await openSource(source, ctx)).named(platform, signal);
  if (pinned !== undefined && descriptor.digest !== pinned) throw otherThanLocked(pinned, descriptor.digest);
  return keepDocument(store, descriptor, bytes);
}

/** Documents from the store, else from where the image comes from. */
function readerOf(
  { store, ctx, signal }: Request,
  source: RegistryReference | LocalReference | undefined,
): ReadDocument {
  return async (descriptor) => {
    const stored = store.readDocument(descriptor.digest);
    if (stored !== undefined) return stored;
    if (source === undefined) throw new Error(`manifest ${descriptor.digest} of a recipe is not in the store`);
    const fetched = await (await openSource(source, ctx)).document(descriptor, signal);
    await keepDocument(store, descriptor, fetched);
    return fetched;
  };
}
