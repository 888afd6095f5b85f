// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { constants } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { tarEnd, tarFileHeader, tarPadding } from '../archive/tar-writer.ts';
import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { bytesOf, type Content, contentSize } from '../file-tree.ts';
import { makeFolder } from '../oci/atomic-file.ts';
import { hexOf } from '../oci/digest.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import { changeLayoutEntries, layoutFile, refNameAnnotation } from '../oci/layout.ts';
import type { LocalReference } from '../oci/reference.ts';
import { storeError } from '../oci/store-error.ts';
import type { Store } from '../oci/store.ts';
import { type Descriptor, mediaTypes } from '../oci/types.ts';
import { Artifacts } from './artifacts.ts';
import type { Sink } from './sink.ts';

const chunkSize = 1024 * 1024;

/**
 * Writes an image of the store where other tools read it: into an OCI layout (made, or added to), as a tar of one, or as what
 * `docker load` reads. `name` is what it is called there when the target has no tag. What
 * refers to the image stays behind: tools take a second manifest for a second image.
 * Throws `io` or `store`; a file is whole or as it was.
 */
export async function writeImageTo(
  target: LocalReference,
  name: string,
  store: Store,
  image: Descriptor,
  ctx: BuildContext,
): Promise<void> {
  const tag = target.tag ?? name;
  if (target.kind === 'oci') return await writeLayout(target.path, tag, store, image, ctx);
  const artifacts = new Artifacts({ dir: dirname(target.path), name: basename(target.path) }, ctx.signal, ctx.reporter);
  try {
    const files = target.kind === 'oci-archive' ? layoutFiles(tag, store, image) : dockerFiles(tag, store, image);
    await artifacts.write('', (sink) => writeFiles(sink, files, ctx));
    await artifacts.publish();
  } finally {
    await artifacts.discard();
  }
}

async function writeLayout(
  folder: string,
  tag: string,
  store: Store,
  image: Descriptor,
  ctx: BuildContext,
): Promise<void> {
  makeFolder(join(folder, 'blobs', 'sha256'));
  for (const { digest } of blobsOf(store, image)) {
    throwIfInterrupted(ctx.signal);
    await copyBlob(store.blobPath(digest), join(folder, 'blobs', 'sha256', hexOf(digest)));
  }
  const entry = entryOf(tag, image);
  await changeLayoutEntries(
    folder,
    (entries) => [...entries.filter((one) => one.annotations?.[refNameAnnotation] !== tag), entry],
    ctx.signal,
  );
}

/** Shares the blocks where the file system can. */
async function copyBlob(from: string, to: string): Promise<void> {
  const temporary = `${to}.${process.pid}.tmp`;
  try {
    await copyFile(from, temporary, constants.COPYFILE_FICLONE);
    await rename(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true });
    throw storeError('writing', to, error);
  }
}

type ArchiveFile = readonly [name: string, content: Content];

function layoutFiles(tag: string, store: Store, image: Descriptor): readonly ArchiveFile[] {
  const manifests = [entryOf(tag, image)];
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  const blobs = blobsOf(store, image);
  const unique = new Map(blobs.map((blob) => [blob.digest, blob]));
  return [
    ['oci-layout', text(layoutFile)],
    ['index.json', text(JSON.stringify(index))],
    ...[...unique.values()].map((blob) => [`blobs/sha256/${hexOf(blob.digest)}`, blobContent(store, blob)] as const),
  ];
}

/** Docker image-spec v1.2, Combined Image JSON + Filesystem Changeset Format. */
function dockerFiles(tag: string, store: Store, image: Descriptor): readonly ArchiveFile[] {
  const { config, layers } = store.readManifest(image.digest);
  const compressed = layers.find(({ mediaType }) => mediaType !== mediaTypes.ociLayer);
  if (compressed !== undefined) {
    throw new TskitError('format', `docker-archive: expected plain layers, found "${compressed.mediaType}"`, {
      hint: 'write an oci-archive, which Docker 25 and later load, too',
    });
  }
  const nameOf = (blob: Descriptor): string => `${hexOf(blob.digest)}.tar`;
  const repoTags = [/:[^/]+$/.test(tag) ? tag : `${tag}:latest`];
  const manifest = [{ Config: `${hexOf(config.digest)}.json`, RepoTags: repoTags, Layers: layers.map(nameOf) }];
  const unique = new Map(layers.map((layer) => [layer.digest, layer]));
  return [
    ['manifest.json', text(JSON.stringify(manifest))],
    [`${hexOf(config.digest)}.json`, blobContent(store, config)],
    ...[...unique.values()].map((layer) => [nameOf(layer), blobContent(store, layer)] as const),
  ];
}

async function writeFiles(sink: Sink, files: readonly ArchiveFile[], ctx: BuildContext): Promise<void> {
  using reader = new ContentReader();
  for (const [name, content] of files) {
    const size = contentSize(content);
    await sink.write(tarFileHeader(bytesOf(name), size, ctx.epoch));
    for (let at = 0; at < size; at += chunkSize) {
      throwIfInterrupted(ctx.signal);
      await sink.write(reader.part(content, at, Math.min(chunkSize, size - at)));
    }
    await sink.write(tarPadding(size));
  }
  await sink.write(tarEnd);
}

function entryOf(tag: string, { mediaType, digest, size, platform }: Descriptor): Descriptor {
  return { mediaType, digest, size, ...(platform && { platform }), annotations: { [refNameAnnotation]: tag } };
}

function blobsOf(store: Store, manifest: Descriptor): readonly Descriptor[] {
  const { config, layers } = store.readManifest(manifest.digest);
  return [manifest, config, ...layers];
}

function blobContent(store: Store, { digest, size }: Descriptor): Content {
  return { kind: 'range', file: store.blobPath(digest), offset: 0, size };
}

function text(value: string): Content {
  return { kind: 'inline', data: Buffer.from(value) };
}
