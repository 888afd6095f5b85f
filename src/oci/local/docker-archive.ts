// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { detectCompression } from '../../archive/decompress.ts';
import { TskitError } from '../../errors.ts';
import { digestFromHex, digestOf, isDigest } from '../digest.ts';
import { parseImageConfig } from '../image-config.ts';
import { type FileRange, type ImageFiles, readRange, streamRange } from './image-files.ts';
import type { BlobStream, ImageDocument, ImageSource } from '../image-source.ts';
import { isObject, isStringArray, parseJson, unexpected } from '../json-fields.ts';
import { isSameImage, severalImages } from './layout-source.ts';
import { type Descriptor, type DiffId, type Digest, type Manifest, mediaTypes, type Platform } from '../types.ts';

/** One image of manifest.json (Docker image spec v1.2, Combined Image JSON + Filesystem Changeset Format). */
interface SavedImage {
  readonly config: string;
  readonly tags: readonly string[];
  readonly layers: readonly string[];
}

const layerTypes = { none: mediaTypes.ociLayer, gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd } as const;

/**
 * An image of what `docker save` and `podman save` write. There is no manifest with digests in such an archive, so one is
 * made from it: the same archive always gives the same one.
 */
export class DockerArchiveSource implements ImageSource {
  readonly kind = 'archive';
  readonly #files: ImageFiles;
  readonly #tag: string | undefined;
  /** Where the config and the layers are, once the manifest is made. */
  #blobs: ReadonlyMap<Digest, FileRange> | undefined;

  constructor(files: ImageFiles, tag: string | undefined) {
    this.#files = files;
    this.#tag = tag;
  }

  async named(_platform: Platform, _signal: AbortSignal): Promise<ImageDocument> {
    const { manifest } = await this.#read();
    const bytes = Buffer.from(JSON.stringify(manifest));
    return { descriptor: { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.length }, bytes };
  }

  async document(descriptor: Descriptor): Promise<Uint8Array> {
    throw new TskitError(
      'manifest',
      `"${this.#files.path}": expected one image, found an index with ${descriptor.digest}`,
    );
  }

  async blob(descriptor: Descriptor, offset: number): Promise<BlobStream> {
    const range = (this.#blobs ?? (await this.#read()).blobs).get(descriptor.digest);
    if (range === undefined) {
      throw new TskitError('manifest', `"${this.#files.path}": expected blob ${descriptor.digest}, found none`, {
        hint: 'the archive was changed while it was read; run the same command again',
      });
    }
    return { start: offset, chunks: streamRange(range, offset) };
  }

  async #read(): Promise<{ manifest: Manifest; blobs: ReadonlyMap<Digest, FileRange> }> {
    const { path } = this.#files;
    const image = chooseImage(readImages(this.#files), this.#tag, path);
    const configRange = this.#locate(image.config);
    const configBytes = readRange(configRange, `"${path}": ${image.config}`);
    const diffIds = parseImageConfig(configBytes, `"${path}": ${image.config}`).rootfs.diff_ids;
    if (diffIds.length !== image.layers.length) {
      throw new TskitError(
        'manifest',
        `"${path}": ${image.config}: rootfs.diff_ids: expected ${image.layers.length} as manifest.json has layers, found ${diffIds.length}`,
      );
    }
    const config: Descriptor = {
      mediaType: mediaTypes.ociConfig,
      digest: digestOf(configBytes),
      size: configBytes.length,
    };
    const blobs = new Map([[config.digest, configRange]]);
    const layers: Descriptor[] = [];
    for (const [index, name] of image.layers.entries()) {
      const range = this.#locate(name);
      const layer = await describeLayer(name, range, diffIds[index] as DiffId);
      layers.push(layer);
      blobs.set(layer.digest, range);
    }
    this.#blobs = blobs;
    return { manifest: { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers }, blobs };
  }

  #locate(name: string): FileRange {
    const range = this.#files.locate(name);
    if (range === undefined) {
      throw new TskitError(
        'manifest',
        `"${this.#files.path}": expected the file "${name}" of manifest.json, found none`,
        {
          hint: 'the archive is not complete; save the image again',
        },
      );
    }
    return range;
  }
}

function readImages(files: ImageFiles): readonly SavedImage[] {
  const range = files.locate('manifest.json');
  if (range === undefined) {
    throw new TskitError(
      'not-found',
      `opening "${files.path}": expected an archive of \`docker save\`, found no manifest.json`,
      {
        hint: 'a tar of an OCI layout is written oci-archive:FILE',
      },
    );
  }
  const subject = `"${files.path}": manifest.json`;
  const value = parseJson(readRange(range, subject), subject);
  if (!Array.isArray(value)) {
    throw unexpected(subject, 'document', 'a list', value);
  }
  return value.map((item, index) => readImage(item, `${subject}[${index}]`));
}

function readImage(item: unknown, subject: string): SavedImage {
  if (!isObject(item) || typeof item['Config'] !== 'string' || !isStringArray(item['Layers'])) {
    throw unexpected(subject, 'entry', '"Config" and "Layers"', item);
  }
  const tags = item['RepoTags'] ?? [];
  if (!isStringArray(tags)) {
    throw unexpected(subject, 'RepoTags', 'a list of strings', tags);
  }
  return { config: item['Config'], tags, layers: item['Layers'] };
}

function chooseImage(images: readonly SavedImage[], tag: string | undefined, path: string): SavedImage {
  const fitting = tag === undefined ? images : images.filter(({ tags }) => tags.some((name) => isSameImage(name, tag)));
  const [image] = fitting;
  if (image === undefined || fitting.length > 1) {
    const names = images.map(({ tags, config }) => tags[0] ?? config).join(', ');
    throw severalImages(path, tag === undefined ? 'one image' : `an image "${tag}"`, names || 'none', tag);
  }
  return image;
}

/** A plain layer's digest is its diffId (verified when it is copied); compressed ones carry theirs in the name, or are hashed. */
async function describeLayer(name: string, range: FileRange, diffId: DiffId): Promise<Descriptor> {
  const compression = await detectCompression(range.file, range.offset);
  const mediaType = layerTypes[compression];
  if (compression === 'none') {
    return { mediaType, digest: diffId as string as Digest, size: range.size };
  }
  const named = `sha256:${/^blobs\/sha256\/(.*)$/.exec(name)?.[1]}`;
  return { mediaType, digest: isDigest(named) ? named : await hashRange(range), size: range.size };
}

async function hashRange(range: FileRange): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of streamRange(range, 0)) {
    hash.update(chunk);
  }
  return digestFromHex(hash.digest('hex'));
}
