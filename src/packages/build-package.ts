// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { openStore, type Store } from '../oci/store.ts';
import type { Descriptor, Platform } from '../oci/types.ts';
import { sbomOf } from './attach-sbom.ts';
import { recipeName } from './recipe-name.ts';
import { resolveRecipe } from './resolve.ts';

/** An image that `tskit pkg build` has made, or found in the store. */
export interface BuiltPackage {
  /** What a spec writes for it: "pkg:nginx", "pkg:./mine", or the tag of a LinuxKit package. */
  readonly reference: string;
  /** Short name, for archives. */
  readonly name: string;
  readonly manifest: Descriptor;
  /** Bytes of manifest, config and layers. */
  readonly size: number;
  readonly isNew: boolean;
  /** Artifacts that describe it: the SBOM. */
  readonly referrers: readonly Descriptor[];
}

/**
 * Makes the image of what a user names on the command line: a recipe, shipped or a folder, or a folder whose Dockerfile buildah
 * builds. Throws what either can throw.
 */
export async function buildPackage(
  text: string,
  platform: Platform,
  ctx: BuildContext,
  buildArgs: readonly string[],
): Promise<BuiltPackage> {
  const name = recipeName(text, '.');
  const store = await openStore(ctx.cache, ctx.signal);
  if (name.includes('/') && !existsSync(join(name, 'recipe.yml')) && hasDockerfile(name)) {
    const { buildDockerfile } = await import('./dockerfile.ts');
    const { reference, manifest } = await buildDockerfile(resolve(name), platform, ctx, store, buildArgs);
    const short = reference.replace(/^.*\//, '').replace(/:.*$/, '');
    return { reference, name: short, manifest, size: sizeOf(store, manifest), isNew: true, referrers: [] };
  }
  if (buildArgs.length > 0) {
    throw new TskitError(
      'usage',
      `pkg build: --build-arg: expected a folder with a Dockerfile, found the recipe "${name}"`,
    );
  }
  const { manifest, isNew } = await resolveRecipe(name, '.', platform, ctx);
  // The image was tagged by another view of the store.
  const after = isNew ? await openStore(ctx.cache, ctx.signal) : store;
  const sbom = sbomOf(after, manifest.digest);
  const short = name.replace(/\/+$/, '').replace(/^.*\//, '');
  return {
    reference: `pkg:${name}`,
    name: short === '' || short === '.' || short === '..' ? resolve(name).replace(/^.*\//, '') : short,
    manifest,
    size: sizeOf(store, manifest),
    isNew,
    referrers: sbom === undefined ? [] : [sbom],
  };
}

function hasDockerfile(folder: string): boolean {
  return existsSync(join(folder, 'build.yml')) || existsSync(join(folder, 'Dockerfile'));
}

function sizeOf(store: Store, manifest: Descriptor): number {
  const { config, layers } = store.readManifest(manifest.digest);
  return [manifest, config, ...layers].reduce((sum, blob) => sum + blob.size, 0);
}
