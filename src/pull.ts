// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type BuildContext, inStage } from './context.ts';
import { TskitError } from './errors.ts';
import { openSource } from './image-sources.ts';
import { shortHex } from './oci/digest.ts';
import { inContext } from './oci/error-context.ts';
import { checkSpace, fetchBlob } from './oci/fetch-blob.ts';
import { checkConfigType, checkLayerType } from './oci/image-media.ts';
import { listableEntry } from './oci/listable-entry.ts';
import { mapParallel } from './oci/parallel.ts';
import { formatPlatform, missingPlatform, platformDistance } from './oci/platform.ts';
import { openStore, type Store } from './oci/store.ts';
import type { Descriptor, DiffId, Digest, ImageConfig, Manifest, Platform } from './oci/types.ts';
import { checkPlatforms, describeLayout, layoutBlobs, type PulledLayout } from './pull/layout.ts';
import type { ResolvedImage, ResolvedSpec } from './resolve.ts';
import type { Spec } from './spec/types.ts';

export interface PulledLayer {
  readonly descriptor: Descriptor;
  readonly diffId: DiffId;
  /** Path of the blob in the store. */
  readonly blob: string;
}

/** An image whose every blob is in the store. */
export interface PulledImage {
  /** As the spec has it. */
  readonly reference: string;
  /** Of the platform's manifest. */
  readonly digest: Digest;
  readonly config: ImageConfig;
  /** Lowest first. */
  readonly layers: readonly PulledLayer[];
}

export interface PulledSpec {
  readonly spec: Spec;
  readonly platform: Platform;
  /** By reference as written. */
  readonly images: ReadonlyMap<string, PulledImage>;
  /** By volume: images that volumes hold as OCI layouts. */
  readonly layouts: ReadonlyMap<string, PulledLayout>;
}

/** Docker uses 3; more gain little on one registry and starve the others. */
const parallelDownloads = 4;

/** What messages and sources need of an image, whether it becomes a tree or a layout. */
type Origin = Pick<ResolvedImage, 'reference' | 'source'>;

interface Wanted {
  readonly image: Origin;
  readonly descriptor: Descriptor;
}

/**
 * Brings the config and the layers of every image into the store, verified; the network ends here. Configs come first, so
 * that an image for the wrong platform is refused before its layers arrive. Throws `manifest`, `platform`, `layer`, `digest`,
 * `size`, `network`, `auth`, `store`; messages begin with the reference.
 */
export async function pull(resolved: ResolvedSpec, context: BuildContext): Promise<PulledSpec> {
  const ctx = inStage(context, 'pull');
  const store = await openStore(ctx.cache, ctx.signal);
  const images = [...resolved.images.values()].map((image) => ({ image, manifest: readManifest(store, image) }));
  const layouts = [...resolved.layouts.values()].map((image) => ({
    image,
    ...within(image, () => layoutBlobs(store, image)),
  }));
  await fetchMissing(
    store,
    [
      ...images.map(({ image, manifest }) => ({ image, descriptor: manifest.config })),
      ...layouts.flatMap(({ image, configs }) => wantAll(image, configs)),
    ],
    ctx,
  );
  const pulled = images.map(({ image, manifest }) => describeImage(store, image, manifest, resolved.platform));
  const pulledLayouts = new Map<string, PulledLayout>();
  for (const [volume, image] of resolved.layouts) {
    within(image, () => checkPlatforms(store, image));
    pulledLayouts.set(volume, await describeLayout(store, image, resolved.platform));
  }
  await fetchMissing(
    store,
    [
      ...images.flatMap(({ image, manifest }) => wantAll(image, manifest.layers)),
      ...layouts.flatMap(({ image, layers }) => wantAll(image, layers)),
    ],
    ctx,
  );
  for (const image of [...resolved.images.values(), ...resolved.layouts.values()]) {
    if (image.storeName !== undefined) {
      await store.tag(image.storeName, await listableEntry(store, image.named, resolved.platform));
    }
  }
  return {
    spec: resolved.spec,
    platform: resolved.platform,
    images: new Map(pulled.map((image) => [image.reference, image])),
    layouts: pulledLayouts,
  };
}

function wantAll(image: Origin, descriptors: readonly Descriptor[]): readonly Wanted[] {
  return descriptors.map((descriptor) => ({ image, descriptor }));
}

function readManifest(store: Store, image: ResolvedImage): Manifest {
  return within(image, () => {
    const manifest = store.readManifest(image.manifest.digest);
    checkConfigType(manifest.config);
    manifest.layers.forEach(checkLayerType);
    return manifest;
  });
}

function describeImage(store: Store, image: ResolvedImage, manifest: Manifest, platform: Platform): PulledImage {
  return within(image, () => {
    const config = store.readConfig(manifest.config.digest);
    if (platformDistance(config, platform) === undefined) {
      throw missingPlatform('image config', platform, `one for ${formatPlatform(config)}`);
    }
    const diffIds = config.rootfs.diff_ids;
    if (diffIds.length !== manifest.layers.length) {
      throw new TskitError(
        'manifest',
        `image config: rootfs.diff_ids: expected ${manifest.layers.length} as the manifest has layers, found ${diffIds.length}`,
      );
    }
    const layers = manifest.layers.map((descriptor, index) => ({
      descriptor,
      diffId: diffIds[index] as DiffId,
      blob: store.blobPath(descriptor.digest),
    }));
    return { reference: image.reference, digest: image.manifest.digest, config, layers };
  });
}

async function fetchMissing(store: Store, wanted: readonly Wanted[], ctx: BuildContext): Promise<void> {
  // By size too: where two manifests disagree on the size of a blob, one of them lies and must fail.
  const distinct = new Map(wanted.map((want) => [`${want.descriptor.digest} ${want.descriptor.size}`, want]));
  const missing: Wanted[] = [];
  for (const want of distinct.values()) {
    if (store.hasBlob(want.descriptor)) ctx.reporter.cached(labelOf(want));
    else missing.push(want);
  }
  if (missing.length === 0) {
    return;
  }
  checkSpace(
    store,
    missing.map(({ descriptor }) => descriptor),
  );
  await mapParallel(missing, parallelDownloads, ctx.signal, (want, signal) => fetchWanted(store, want, ctx, signal));
}

async function fetchWanted(store: Store, want: Wanted, ctx: BuildContext, signal: AbortSignal): Promise<void> {
  const { image, descriptor } = want;
  const task = ctx.reporter.task(labelOf(want), descriptor.size);
  try {
    if (image.source.kind === 'recipe' || (ctx.offline && image.source.kind === 'registry')) {
      throw new TskitError('store', `blob ${descriptor.digest}: not in the store "${store.root}"`, {
        hint: ctx.offline
          ? 'run the same command once without --offline'
          : 'run `tskit cache clean --all` and build again',
      });
    }
    const source = await openSource(image.source, ctx);
    await fetchBlob(store, source, descriptor, { signal, task });
    task.done();
  } catch (error) {
    task.fail();
    throw inContext(`pulling "${image.reference}"`, error);
  }
}

function labelOf({ image, descriptor }: Wanted): string {
  return `${image.reference} ${shortHex(descriptor.digest)}`;
}

function within<T>(image: Origin, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw inContext(`pulling "${image.reference}"`, error);
  }
}
