// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { FileTree } from '../file-tree.ts';
import type { Store } from '../oci/store.ts';
import {
  type Descriptor,
  type DiffId,
  type ImageConfig,
  type Manifest,
  mediaTypes,
  type Platform,
} from '../oci/types.ts';
import { utcTime } from '../utc-time.ts';
import type { RecipeConfig } from './recipe.ts';
import { writeTar } from './write-tar.ts';

/** What commands are looked for in, when the recipe does not say. */
const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** OCI image-spec annotations.md: of the packaged software, which is the recipe's first package. */
export const imageVersionAnnotation = 'org.opencontainers.image.version';

/**
 * Writes a tree as an image of one layer into the store and returns its manifest. The layer is a plain tar: flatten reads it
 * where it is, and tools that push it compress it themselves. Throws `store`.
 */
export async function writeImage(
  store: Store,
  tree: FileTree,
  settings: RecipeConfig,
  version: string | undefined,
  platform: Platform,
  epoch: number,
): Promise<Descriptor> {
  const layer = await store.writeBlob(writeTar(tree, epoch), mediaTypes.ociLayer);
  const config: ImageConfig = {
    created: utcTime(epoch),
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant !== undefined && { variant: platform.variant }),
    config: containerConfig(settings),
    // The bytes of a plain layer are the uncompressed ones.
    rootfs: { type: 'layers', diff_ids: [layer.digest as string as DiffId] },
  };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: await store.writeJson(config, mediaTypes.ociConfig),
    layers: [layer],
    ...(version !== undefined && { annotations: { [imageVersionAnnotation]: version } }),
  };
  return { ...(await store.writeJson(manifest, mediaTypes.ociManifest)), platform };
}

function containerConfig(settings: RecipeConfig): NonNullable<ImageConfig['config']> {
  const { entrypoint, cmd, env = [], workdir, user, stopsignal, labels } = settings;
  return {
    ...(user !== undefined && { User: user }),
    Env: env.some((variable) => variable.startsWith('PATH=')) ? env : [defaultPath, ...env],
    ...(entrypoint !== undefined && { Entrypoint: entrypoint }),
    ...(cmd !== undefined && { Cmd: cmd }),
    ...(workdir !== undefined && { WorkingDir: workdir }),
    ...(labels !== undefined && { Labels: labelTexts(labels) }),
    ...(stopsignal !== undefined && { StopSignal: stopsignal }),
  };
}

function labelTexts(labels: NonNullable<RecipeConfig['labels']>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
