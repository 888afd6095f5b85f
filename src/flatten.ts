// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, openSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readTar, type TarEntry } from './archive/tar.ts';
import type { BuildContext } from './context.ts';
import { type Content, type FileTree, type LazyTree, type Provenance, textOf } from './file-tree.ts';
import { applyEntry, noContent } from './flatten/apply-entry.ts';
import { checkEntries, overLimit } from './flatten/layer-limit.ts';
import { fileTreeOf, newRoot, type Node } from './flatten/root.ts';
import { layoutTree } from './flatten/layout-tree.ts';
import { expandSparse } from './flatten/sparse-file.ts';
import { type SpooledLayer, spoolLayer } from './flatten/spool.ts';
import { inContext } from './oci/error-context.ts';
import { throwIfInterrupted } from './oci/interruption.ts';
import { storeError } from './oci/store-error.ts';
import type { Digest, ImageConfig, Platform } from './oci/types.ts';
import type { PulledImage, PulledSpec } from './pull.ts';
import type { Spec } from './spec/types.ts';

export interface FlattenedImage {
  readonly reference: string;
  /** Of the platform's manifest. */
  readonly digest: Digest;
  readonly config: ImageConfig;
  /** The image's root; its key follows from the digest. */
  readonly tree: LazyTree;
}

export interface FlattenedSpec {
  readonly spec: Spec;
  readonly platform: Platform;
  /** By reference as written in the spec. */
  readonly images: ReadonlyMap<string, FlattenedImage>;
  /** By volume: the OCI layouts that volumes hold, each as a tree. */
  readonly layouts: ReadonlyMap<string, LazyTree>;
}

/** Counts up when the same image flattens to another tree than before, so that cached segments are made anew. */
const flattenVersion = 1;
/** Indexing is synchronous: after so many entries Ctrl-C and the progress display get their turn. */
const entriesPerTurn = 4096;

/**
 * Turns each image's layers into one tree. Nothing is read until a tree is loaded; then its layers are
 *   1. spooled: uncompressed into the cache, verified by diffId (flatten/spool.ts),
 *   2. indexed: headers only (archive/tar.ts),
 *   3. applied in order: whiteouts, links, parents (flatten/apply-entry.ts).
 * Loading throws TskitError `layer`, `archive`, `digest` or `size` that names image and layer, or `store`.
 */
export function flatten(pulled: PulledSpec, ctx: BuildContext): FlattenedSpec {
  const trees = new Map<Digest, LazyTree>();
  const images = new Map<string, FlattenedImage>();
  for (const [reference, image] of pulled.images) {
    const tree = trees.get(image.digest) ?? lazyTree(image, ctx);
    trees.set(image.digest, tree);
    images.set(reference, { reference, digest: image.digest, config: image.config, tree });
  }
  const layouts = new Map([...pulled.layouts].map(([volume, layout]) => [volume, layoutTree(layout, ctx.epoch)]));
  return { spec: pulled.spec, platform: pulled.platform, images, layouts };
}

/** One load for all who ask while somebody still holds the tree; it can be collected afterwards. */
function lazyTree(image: PulledImage, ctx: BuildContext): LazyTree {
  let loading: Promise<FileTree> | undefined;
  let loaded: WeakRef<FileTree> | undefined;
  const load = async (): Promise<FileTree> => {
    try {
      const tree = await flattenImage(image, ctx);
      loaded = new WeakRef(tree);
      return tree;
    } finally {
      loading = undefined;
    }
  };
  return {
    key: `image/${flattenVersion} ${image.digest}`,
    label: image.reference,
    load: async () => loaded?.deref() ?? (loading ??= load()),
  };
}

async function flattenImage(image: PulledImage, ctx: BuildContext): Promise<FileTree> {
  const root = newRoot();
  const count = { entries: 0 };
  for (const [index, layer] of image.layers.entries()) {
    throwIfInterrupted(ctx.signal);
    try {
      const spooled = await spoolLayer(layer, ctx);
      await applyLayer(root, { kind: 'image', reference: image.reference, layer: index }, spooled, count, ctx);
    } catch (error) {
      throw inContext(layerName(image, index), error);
    }
  }
  return fileTreeOf(root);
}

async function applyLayer(
  root: Node,
  from: Provenance & { readonly kind: 'image' },
  layer: SpooledLayer,
  count: { entries: number },
  ctx: BuildContext,
): Promise<void> {
  const fd = openLayer(layer.file);
  try {
    let unpacked = 0;
    for (const entry of readTar(fd, layer.size)) {
      unpacked += entry.size;
      if (unpacked > layer.limit) {
        throw overLimit(
          `"${textOf(entry.path)}" of ${entry.size} bytes makes the layer unpack to more than its limit`,
          layer.limit,
        );
      }
      count.entries += 1;
      checkEntries(count.entries, 'the image');
      if (count.entries % entriesPerTurn === 0) {
        await nextTurn();
        throwIfInterrupted(ctx.signal);
      }
      applyEntry(root, from.layer, entry, await contentOf(entry, layer, ctx), from);
    }
  } finally {
    closeSync(fd);
  }
}

function openLayer(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    throw storeError('reading', file, error);
  }
}

function contentOf(entry: TarEntry, layer: SpooledLayer, ctx: BuildContext): Content | Promise<Content> {
  if (entry.type !== 'file') {
    return noContent;
  }
  if (entry.sparse !== undefined) {
    return expandSparse(layer.file, entry.sparse, ctx.cache);
  }
  return { kind: 'range', file: layer.file, offset: entry.offset, size: entry.size };
}

/** Which image and which layer of it, for messages. */
function layerName(image: PulledImage, index: number): string {
  const digest = image.layers[index]?.descriptor.digest;
  return `flattening "${image.reference}": layer ${index + 1} of ${image.layers.length} (${digest})`;
}
