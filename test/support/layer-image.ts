// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import {
  mediaTypes,
  type Descriptor,
  type DiffId,
  type Digest,
  type ImageConfig,
  type Index,
  type Manifest,
} from '../../src/oci/types.ts';
import type { PulledImage } from '../../src/pull.ts';

export type LayerCompression = 'none' | 'gzip' | 'zstd';

export interface ImageLayer {
  readonly tar: Buffer;
  readonly compression?: LayerCompression;
  /** The stored bytes, when they are not what compressing the tar gives: a damaged blob. */
  readonly blob?: Buffer;
}

const layerTypes: Readonly<Record<LayerCompression, string>> = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
};

/**
 * Writes an OCI image layout with one image of these layers, tagged `latest`, that umoci and skopeo read. `settings` are
 * what its config says of running it.
 * @returns the image as pull gives it.
 */
export function writeImage(
  layout: string,
  layers: readonly ImageLayer[],
  settings: ImageConfig['config'] = {},
): PulledImage {
  mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });
  const pulled = layers.map((layer) => {
    const compression = layer.compression ?? 'gzip';
    const blob = layer.blob ?? compress(layer.tar, compression);
    const descriptor = writeBlob(layout, blob, layerTypes[compression]);
    return { descriptor, diffId: sha256(layer.tar) as string as DiffId, blob: blobPath(layout, descriptor.digest) };
  });
  const config: ImageConfig = {
    architecture: 'amd64',
    os: 'linux',
    config: settings,
    rootfs: { type: 'layers', diff_ids: pulled.map(({ diffId }) => diffId) },
  };
  const manifest = writeBlob(
    layout,
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: writeBlob(layout, Buffer.from(JSON.stringify(config)), mediaTypes.ociConfig),
        layers: pulled.map(({ descriptor }) => descriptor),
      }),
    ),
    mediaTypes.ociManifest,
  );
  const annotations = { 'org.opencontainers.image.ref.name': 'latest' };
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  return { reference: 'test.example/image', digest: manifest.digest, config, layers: pulled };
}

/** The image that a layout's only tag names, as pull gives it. */
export function readImage(layout: string): PulledImage {
  const json = (digest: Digest): unknown => JSON.parse(readFileSync(blobPath(layout, digest), 'utf8'));
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as Index;
  const digest = index.manifests[0]?.digest ?? ('' as Digest);
  const manifest = json(digest) as Manifest;
  const config = json(manifest.config.digest) as ImageConfig;
  const layers = manifest.layers.map((descriptor, at) => ({
    descriptor,
    diffId: config.rootfs.diff_ids[at] ?? ('' as DiffId),
    blob: blobPath(layout, descriptor.digest),
  }));
  return { reference: 'test.example/image', digest, config, layers };
}

function compress(tar: Buffer, compression: LayerCompression): Buffer {
  if (compression === 'none') {
    return tar;
  }
  return compression === 'gzip' ? gzipSync(tar) : zstdCompressSync(tar);
}

function writeBlob(layout: string, bytes: Buffer, mediaType: string): Descriptor {
  const digest = sha256(bytes);
  writeFileSync(blobPath(layout, digest), bytes);
  return { mediaType, digest, size: bytes.length };
}

function blobPath(layout: string, digest: Digest): string {
  return join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length));
}

function sha256(bytes: Buffer): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}
