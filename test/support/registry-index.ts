// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Descriptor, type Index, mediaTypes } from '../../src/oci/types.ts';
import { type CopyOptions, copyImage } from './images.ts';

/**
 * Pushes the images of a layout that are tagged by these architectures under one index, by the registry's own API; Docker's
 * list of Docker's manifests with format "v2s2".
 */
export async function pushIndex(
  host: string,
  layout: string,
  image: { readonly name: string; readonly tag: string; readonly architectures?: readonly string[] } & CopyOptions,
): Promise<void> {
  const { name, tag, architectures = ['amd64', 'arm64'], ...options } = image;
  const manifests: Descriptor[] = [];
  for (const architecture of architectures) {
    await copyImage(`oci:${layout}:${architecture}`, `docker://${host}/${name}:${architecture}`, options);
    const described = await describeManifest(host, name, architecture);
    manifests.push({ ...described, platform: { os: 'linux', architecture } });
  }
  const mediaType = options.format === 'v2s2' ? mediaTypes.dockerIndex : mediaTypes.ociIndex;
  await putManifest(host, name, tag, { schemaVersion: 2, mediaType, manifests });
}

/** What the registry says of a manifest or an index. */
export async function describeManifest(host: string, name: string, tag: string): Promise<Descriptor> {
  const { ociManifest, dockerManifest, ociIndex, dockerIndex } = mediaTypes;
  const response = await fetch(`http://${host}/v2/${name}/manifests/${tag}`, {
    method: 'HEAD',
    headers: { accept: [ociManifest, dockerManifest, ociIndex, dockerIndex].join(', ') },
  });
  if (!response.ok) throw new Error(`HEAD ${response.url}: ${response.status}`);
  const header = (key: string): string => response.headers.get(key) ?? '';
  return {
    mediaType: header('content-type'),
    digest: header('docker-content-digest') as Descriptor['digest'],
    size: Number(header('content-length')),
  };
}

/** Puts an index at a tag. */
export async function putManifest(host: string, name: string, tag: string, manifest: Index): Promise<void> {
  const response = await fetch(`http://${host}/v2/${name}/manifests/${tag}`, {
    method: 'PUT',
    headers: { 'content-type': manifest.mediaType ?? '' },
    body: JSON.stringify(manifest),
  });
  if (response.status !== 201) throw new Error(`PUT ${response.url}: ${response.status} ${await response.text()}`);
}
