// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { basename } from 'node:path';
import { refNameAnnotation } from '../oci/layout.ts';
import { listableEntry } from '../oci/listable-entry.ts';
import { formatPlatform, missingPlatform, platformDistance } from '../oci/platform.ts';
import { formatReference, parseReference, type Reference } from '../oci/reference.ts';
import type { Store } from '../oci/store.ts';
import type { Descriptor, Platform } from '../oci/types.ts';
import { platformsHint, type ResolvedLayout } from '../resolve/layout.ts';

/** An image to be written as an OCI layout, every blob of which is in the store. */
export interface PulledLayout {
  /** As the spec has it. */
  readonly reference: string;
  /** The one entry of its index.json. */
  readonly entry: Descriptor;
  /** Every blob, each once: indexes, manifests, configs and layers. */
  readonly blobs: readonly StoredBlob[];
}

/** A blob and its path in the store. */
export interface StoredBlob {
  readonly descriptor: Descriptor;
  readonly file: string;
}

/**
 * What is to be fetched for a layout. Layers of any type are welcome, since nobody unpacks them here. Throws `manifest` and
 * `store`.
 */
export function layoutBlobs(
  store: Store,
  layout: ResolvedLayout,
): { readonly configs: readonly Descriptor[]; readonly layers: readonly Descriptor[] } {
  const manifests = layout.manifests.map(({ descriptor }) => store.readManifest(descriptor.digest));
  return { configs: manifests.map(({ config }) => config), layers: manifests.flatMap(({ layers }) => layers) };
}

/** The layout as it is to be written. Throws `store`. */
export async function describeLayout(store: Store, layout: ResolvedLayout, platform: Platform): Promise<PulledLayout> {
  const { configs, layers } = layoutBlobs(store, layout);
  const entry = await listableEntry(store, layout.entry, platform);
  const manifests = layout.manifests.map(({ descriptor }) => descriptor);
  const all = [entry, ...layout.indexes, ...manifests, ...configs, ...layers];
  const blobs = [...new Map(all.map((descriptor) => [descriptor.digest, descriptor])).values()];
  const name = nameOf(parseReference(layout.reference));
  return {
    reference: layout.reference,
    entry: { ...entry, ...(name === undefined ? {} : { annotations: { [refNameAnnotation]: name } }) },
    blobs: blobs.map((descriptor) => ({ descriptor, file: store.blobPath(descriptor.digest) })),
  };
}

/** Throws `platform` when a config, which is in the store, is for another platform than was asked for. */
export function checkPlatforms(store: Store, { manifests }: ResolvedLayout): void {
  for (const { descriptor, platform } of manifests) {
    if (platform === undefined) continue;
    const config = store.readConfig(store.readManifest(descriptor.digest).config.digest);
    if (platformDistance(config, platform) !== undefined) continue;
    throw missingPlatform('image config', platform, `one for ${formatPlatform(config)}`, platformsHint);
  }
}

/** The name of the image in its layout. Where a local image lay on the build machine is not part of it. */
function nameOf(reference: Reference): string | undefined {
  switch (reference.kind) {
    case 'registry':
      return formatReference(reference);
    case 'recipe':
      return basename(reference.name);
    default:
      return reference.tag;
  }
}
