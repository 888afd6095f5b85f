// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { hexOf } from '../oci/digest.ts';
import { isSbomReference } from '../oci/sbom-reference.ts';
import type { Store } from '../oci/store.ts';
import type { Descriptor, Digest, Platform } from '../oci/types.ts';

/** One image of the store: a manifest whose config and layers are here. */
export interface StoredImage {
  readonly digest: Digest;
  readonly platform: Platform;
  /** Of manifest, config and layers, compressed as they are. */
  readonly size: number;
}

/** A name in the store and the images that it leads to, one for each platform that was pulled. */
export interface StoredName {
  readonly reference: string;
  /** Of the manifest or index that the reference names. */
  readonly digest: Digest;
  readonly images: readonly StoredImage[];
}

/** Every name of the store with what is here of it. What describes an image goes with it and has no line of its own. */
export function listImages(store: Store): readonly StoredName[] {
  return store
    .references()
    .filter(({ reference }) => !isSbomReference(reference))
    .map(({ reference, descriptor }) => ({
      reference,
      digest: descriptor.digest,
      images: imagesOf(store, descriptor),
    }))
    .toSorted((a, b) => (a.reference < b.reference ? -1 : 1));
}

/** Names of the blob files that some reference still leads to. */
export function reachableBlobs(store: Store): ReadonlySet<string> {
  const reachable = new Set<string>();
  const visit = ({ digest }: Descriptor): void => {
    if (reachable.has(hexOf(digest))) {
      return;
    }
    reachable.add(hexOf(digest));
    const document = readOrSkip(store, digest);
    if (document?.kind === 'index') {
      document.index.manifests.forEach(visit);
    } else if (document?.kind === 'manifest') {
      reachable.add(hexOf(document.manifest.config.digest));
      document.manifest.layers.forEach((layer) => reachable.add(hexOf(layer.digest)));
    }
  };
  for (const { descriptor } of store.references()) {
    visit(descriptor);
  }
  return reachable;
}

function imagesOf(store: Store, descriptor: Descriptor): readonly StoredImage[] {
  const document = readOrSkip(store, descriptor.digest);
  if (document?.kind === 'index') {
    return document.index.manifests.flatMap((entry) => imagesOf(store, entry));
  }
  if (document?.kind !== 'manifest') {
    return [];
  }
  const { config, layers } = document.manifest;
  if (![config, ...layers].every((blob) => store.hasBlob(blob))) {
    return [];
  }
  const { os, architecture, variant } = store.readConfig(config.digest);
  const size = [descriptor, config, ...layers].reduce((sum, blob) => sum + blob.size, 0);
  return [{ digest: descriptor.digest, platform: { os, architecture, ...(variant && { variant }) }, size }];
}

/** A manifest that is not here, or is damaged, leads nowhere: its name can still be listed and removed. */
function readOrSkip(store: Store, digest: Digest): ReturnType<Store['readManifestOrIndex']> | undefined {
  try {
    return store.readManifestOrIndex(digest);
  } catch {
    return undefined;
  }
}
