// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Store } from './store.ts';
import { type Descriptor, type Index, mediaTypes, type Platform } from './types.ts';

/**
 * What index.json is to list for an image so that every OCI tool finds it: containers/image (skopeo, podman) passes over entries of
 * Docker's media types, though it reads such manifests behind an OCI index. So Docker's manifest is listed through an index of one, and
 * Docker's list through an index with the same entries; the manifests themselves keep their bytes and digests.
 */
export async function listableEntry(store: Store, named: Descriptor, platform: Platform): Promise<Descriptor> {
  if (named.mediaType === mediaTypes.dockerManifest) {
    return writeIndex(store, [{ ...named, platform }]);
  }
  if (named.mediaType === mediaTypes.dockerIndex) {
    const document = store.readManifestOrIndex(named.digest);
    return document.kind === 'index' ? writeIndex(store, document.index.manifests) : named;
  }
  return named;
}

function writeIndex(store: Store, manifests: Index['manifests']): Promise<Descriptor> {
  return store.writeJson({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }, mediaTypes.ociIndex);
}
