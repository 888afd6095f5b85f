// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuildContext } from '../../src/context.ts';
import type { Lock, LockedRecipe } from '../../src/lock.ts';
import { openStore } from '../../src/oci/store.ts';
import type { ImageConfig, Manifest, Platform } from '../../src/oci/types.ts';
import { readRecipeFolder } from '../../src/packages/folder.ts';
import { pinRecipe } from '../../src/packages/pin.ts';
import { resolveRecipe } from '../../src/packages/resolve.ts';
import { testContext } from './build-context.ts';

export const amd64: Platform = { os: 'linux', architecture: 'amd64' };

/** Writes a recipe folder below `folder`; `files` go below its folder "files". Returns its path. */
export function writeRecipe(folder: string, name: string, text: string, files: Record<string, string> = {}): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'recipe.yml'), text);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, 'files', file)), { recursive: true });
    writeFileSync(join(path, 'files', file), content);
  }
  return path;
}

/** An image as it is in the store. */
export interface BuiltImage {
  readonly digest: string;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  /** Path of its only layer. */
  readonly layer: string;
}

/** Builds `pkg:NAME` into a cache, with the network unless `changes` say otherwise. */
export async function buildImage(
  name: string,
  cache: string,
  changes: Partial<BuildContext> = {},
  lock?: Lock,
): Promise<BuiltImage> {
  const ctx = testContext(cache, { offline: false, ...changes });
  const { manifest: descriptor } = await resolveRecipe(name, '/', amd64, ctx, lock);
  const store = await openStore(cache, ctx.signal);
  const manifest = store.readManifest(descriptor.digest);
  const [layer] = manifest.layers;
  if (layer === undefined || manifest.layers.length !== 1) throw new Error('expected one layer');
  const config = store.readConfig(manifest.config.digest);
  return { digest: descriptor.digest, manifest, config, layer: store.blobPath(layer.digest) };
}

/** A lock that has one recipe as the archive has it now. */
export async function lockOf(name: string, cache: string): Promise<Lock> {
  const pins = await pinRecipe(readRecipeFolder(name, '/'), amd64, testContext(cache, { offline: false }));
  return lockWith(name, pins);
}

export function lockWith(name: string, pins: LockedRecipe): Lock {
  return { version: 1, images: {}, recipes: { [`pkg:${name}`]: { 'linux/amd64': pins } } };
}

/** Unpacks an image with GNU tar, as root with owners and modes. */
export function unpack(image: BuiltImage, folder: string): string {
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['--extract', '--numeric-owner', '--same-owner', '--file', image.layer, '--directory', folder]);
  return folder;
}

/** GNU tar's listing: "drwxr-xr-x 0/0 0 2021-01-01 00:00 usr/", times in UTC. */
export function listLayer(image: BuiltImage): readonly string[] {
  const options = ['--verbose', '--numeric-owner', '--utc', '--quoting-style=literal'];
  const text = execFileSync('tar', ['--list', ...options, '--file', image.layer], { encoding: 'utf8' });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' '));
}
