// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type BuildContext, inStage } from './context.ts';
import { TskitError } from './errors.ts';
import { openSource } from './image-sources.ts';
import { type Lock, lockedDigest } from './lock.ts';
import { inContext } from './oci/error-context.ts';
import { mediaTypeOf, parseManifestOrIndex } from './oci/manifest.ts';
import { mapParallel } from './oci/parallel.ts';
import { choosePlatform } from './oci/platform.ts';
import {
  formatReference,
  type LocalReference,
  parseReference,
  type RecipeReference,
  type Reference,
  type RegistryReference,
} from './oci/reference.ts';
import { openStore } from './oci/store.ts';
import type { Descriptor, Digest, Platform } from './oci/types.ts';
import type { ResolvedLayout } from './resolve/layout.ts';
import { findNamed, keepDocument, otherThanLocked, parseFrom, pin, type Request } from './resolve/request.ts';
import { resolveLayout } from './resolve/volume.ts';
import type { Spec, VolumeSpec } from './spec/types.ts';

/** An image that is known by digest; its manifest is in the store, its config and layers need not be. */
export interface ResolvedImage {
  /** As the spec has it. */
  readonly reference: string;
  /** The same, parsed, with absolute paths. */
  readonly source: Reference;
  /** The manifest for the platform. */
  readonly manifest: Descriptor;
  /** What the reference itself names: the manifest, or the index that lists it. */
  readonly named: Descriptor;
  /** Under which name the store is to keep `named`; absent for recipes, which keep their images themselves. */
  readonly storeName?: string;
  readonly from: 'registry' | 'store' | 'layout' | 'archive' | 'recipe';
}

export interface ResolvedSpec {
  readonly spec: Spec;
  readonly platform: Platform;
  /** By reference as written; each distinct one once. */
  readonly images: ReadonlyMap<string, ResolvedImage>;
  /** By volume: images that volumes hold as OCI layouts. */
  readonly layouts: ReadonlyMap<string, ResolvedLayout>;
}

/** Registries answer manifests quickly; recipes are what takes time here. */
const parallelReferences = 4;
/** An index may list indexes (OCI image-spec image-index.md), but nobody nests them deeper than this. */
const indexDepth = 4;

/**
 * Finds the digest of every image that the spec names, for one platform. The lock decides first, then the store (a digest
 * needs no network, a tag none unless `ctx.pull`), then the registry. Layouts and archives are read each time; recipes are
 * built when the store has no image of them. Throws `reference`, `platform`, `lock`, `not-found`, `auth`, `network` and what
 * reading an image can throw; messages begin with the reference.
 */
export async function resolve(spec: Spec, platform: Platform, ctx: BuildContext, lock?: Lock): Promise<ResolvedSpec> {
  const store = await openStore(ctx.cache, ctx.signal);
  const specDir = spec.origin.folder;
  // All are parsed before the first is looked up: a spelling mistake should not show after minutes of building recipes.
  const references = imageReferences(spec).map((text) => ({ text, source: parseFrom(specDir, text) }));
  const images = await mapParallel(references, parallelReferences, ctx.signal, async ({ text, source }, signal) => {
    const request: Request = { text, specDir, platform, ctx: inStage(ctx, 'resolve'), lock, store, signal };
    try {
      return source.kind === 'recipe' ? await buildRecipe(request, source) : await resolveImage(request, source);
    } catch (error) {
      throw inContext(`resolving "${text}"`, error);
    }
  });
  const byReference = new Map(images.map((image) => [image.reference, image]));
  const layouts = await mapParallel(layoutVolumes(spec), parallelReferences, ctx.signal, async (volume, signal) => {
    const request: Request = { text: volume.image, specDir, platform, ctx, lock, store, signal };
    try {
      return [volume.name, await resolveLayout(request, volume, byReference.get(volume.image)?.named)] as const;
    } catch (error) {
      throw inContext(`resolving "${volume.image}" for volume "${volume.name}"`, error);
    }
  });
  return { spec, platform, images: byReference, layouts: new Map(layouts) };
}

/** Every image that a spec wants for its platform, each distinct reference once. Recipes know no other platform. */
export function imageReferences(spec: Spec): readonly string[] {
  const containers = [...spec.onboot, ...spec.onshutdown, ...spec.services].map(({ image }) => image);
  const volumes = spec.volumes.flatMap(({ image, format }) =>
    image !== undefined && (format !== 'oci' || parseReference(image).kind === 'recipe') ? [image] : [],
  );
  const kernel = spec.kernel === undefined ? [] : [spec.kernel.image];
  return [...new Set([...kernel, ...spec.init, ...containers, ...volumes])];
}

/** Volumes that hold an image as an OCI layout. */
export function layoutVolumes(spec: Spec): readonly (VolumeSpec & { readonly image: string })[] {
  return spec.volumes.flatMap((volume) => {
    const { image, format } = volume;
    return format === 'oci' && image !== undefined ? [{ ...volume, image }] : [];
  });
}

async function buildRecipe(request: Request, source: RecipeReference): Promise<ResolvedImage> {
  const { text, specDir, platform, ctx, lock, signal } = request;
  const { resolveRecipe } = await import('./packages/resolve.ts');
  const { manifest } = await resolveRecipe(source.name, specDir, platform, { ...ctx, signal }, lock);
  return { reference: text, source, manifest, named: manifest, from: 'recipe' };
}

async function resolveImage(request: Request, written: RegistryReference | LocalReference): Promise<ResolvedImage> {
  const { text, platform, lock } = request;
  const pinned = lock === undefined ? undefined : lockedDigest(lock, text, platform);
  const source = pinned === undefined || written.kind !== 'registry' ? written : pin(written, pinned);
  const digest = pinned ?? (source.kind === 'registry' ? source.digest : undefined);
  const stored = await findInStore(request, source, digest);
  if (stored !== undefined) request.ctx.reporter.cached(text);
  const found = stored ?? (await (source.kind === 'registry' ? lookUp : findAtSource)(request, source));
  if (pinned !== undefined && found.manifest.digest !== pinned) {
    throw otherThanLocked(pinned, found.manifest.digest);
  }
  return { reference: text, source, storeName: formatReference(source), ...found };
}

type Found = Pick<ResolvedImage, 'manifest' | 'named' | 'from'>;

async function findInStore(
  { store, ctx, platform }: Request,
  source: RegistryReference | LocalReference,
  digest: Digest | undefined,
): Promise<Found | undefined> {
  const named = findNamed(store, source, digest, ctx.pull);
  if (named === undefined) {
    return undefined;
  }
  const manifest = await descend(named, platform, async (descriptor) => store.readDocument(descriptor.digest));
  return manifest === undefined ? undefined : { manifest, named, from: 'store' };
}

/** What can take its time, unlike a look into a file. */
async function lookUp(request: Request, source: RegistryReference | LocalReference): Promise<Found> {
  const task = request.ctx.reporter.task(request.text);
  try {
    const found = await findAtSource(request, source);
    task.done();
    return found;
  } catch (error) {
    task.fail();
    throw error;
  }
}

async function findAtSource(
  { store, ctx, platform, signal }: Request,
  source: RegistryReference | LocalReference,
): Promise<Found> {
  const image = await openSource(source, ctx);
  const { descriptor, bytes } = await image.named(platform, signal);
  const named = await keepDocument(store, descriptor, bytes);
  const manifest = await descend(named, platform, async (listed) => {
    const stored = store.readDocument(listed.digest);
    if (stored !== undefined) {
      return stored;
    }
    const fetched = await image.document(listed, signal);
    await keepDocument(store, listed, fetched);
    return fetched;
  });
  if (manifest === undefined) {
    throw new TskitError('manifest', `index ${named.digest}: expected its manifest, found nothing`);
  }
  return { manifest, named, from: image.kind };
}

/** From an index down to the manifest for the platform; undefined when `read` does not have one on the way. */
async function descend(
  named: Descriptor,
  platform: Platform,
  read: (descriptor: Descriptor) => Promise<Uint8Array | undefined>,
): Promise<Descriptor | undefined> {
  let current = named;
  for (let depth = 0; depth < indexDepth; depth += 1) {
    const bytes = await read(current);
    if (bytes === undefined) {
      return undefined;
    }
    const document = parseManifestOrIndex(bytes, `manifest ${current.digest}`);
    if (document.kind === 'manifest') {
      return { mediaType: mediaTypeOf(document), digest: current.digest, size: bytes.length };
    }
    current = choosePlatform(document.index, platform, `index ${current.digest}`);
  }
  throw new TskitError(
    'manifest',
    `index ${named.digest}: expected at most ${indexDepth - 1} indexes within each other`,
  );
}
