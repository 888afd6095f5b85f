// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createReadStream } from 'node:fs';
import { digestOf, hexOf } from '../digest.ts';
import { parseIndex } from '../manifest.ts';
import type { RegistryReference } from '../reference.ts';
import { defaultRetryPolicy, Retries, retrying } from '../retry.ts';
import type { Store } from '../store.ts';
import { type Descriptor, type Digest, mediaTypes } from '../types.ts';
import type { RegistryApi } from './api.ts';

/** What a push tells while it goes on. */
export interface PushProgress {
  /** A blob is about to be sent, of so many bytes. */
  sending(digest: Digest, size: number): { advance(bytes: number): void; done(): void; fail(): void };
  /** The registry has a blob already. */
  present(digest: Digest): void;
}

/** An artifact that says something of an image, as its manifest's `subject` (OCI image-spec 1.1). */
export interface Referrer {
  readonly descriptor: Descriptor;
  readonly artifactType: string;
}

/** Larger indexes of referrers are not read. */
const indexLimit = 4 * 1024 * 1024;

/**
 * Pushes an image of the store under a tag (OCI distribution-spec, Push): blobs that the registry lacks, the manifest, then what refers
 * to it. The registry's digest is the store's. A registry without the referrers API gets the tag that stands for it. Throws `auth`,
 * `not-found`, `network` or `store`.
 */
export async function pushImage(
  api: RegistryApi,
  reference: RegistryReference,
  store: Store,
  manifest: Descriptor,
  referrers: readonly Referrer[],
  progress: PushProgress,
  signal: AbortSignal,
): Promise<void> {
  const { repository, tag } = reference;
  await pushManifest(api, repository, tag ?? manifest.digest, store, manifest, progress, signal);
  for (const { descriptor, artifactType } of referrers) {
    const known = await pushManifest(api, repository, descriptor.digest, store, descriptor, progress, signal);
    if (!known) await addToReferrersTag(api, repository, manifest.digest, { ...descriptor, artifactType }, signal);
  }
}

/** Whether the registry said that it keeps the manifest's subject (`OCI-Subject`). */
async function pushManifest(
  api: RegistryApi,
  repository: string,
  name: string,
  store: Store,
  descriptor: Descriptor,
  progress: PushProgress,
  signal: AbortSignal,
): Promise<boolean> {
  const { config, layers } = store.readManifest(descriptor.digest);
  const blobs = new Map([...layers, config].map((blob) => [blob.digest, blob]));
  for (const blob of blobs.values()) await pushBlob(api, repository, store, blob, progress, signal);
  const bytes = store.readDocument(descriptor.digest) ?? Buffer.alloc(0);
  return await putManifest(api, repository, name, bytes, descriptor.mediaType, signal);
}

async function putManifest(
  api: RegistryApi,
  repository: string,
  name: string,
  bytes: Uint8Array,
  mediaType: string,
  signal: AbortSignal,
): Promise<boolean> {
  return await retrying(new Retries(defaultRetryPolicy, signal), `pushing "${repository}:${name}"`, async () => {
    const response = await api.write(
      repository,
      {
        method: 'PUT',
        target: `manifests/${name}`,
        headers: { 'content-type': mediaType, 'content-length': String(bytes.length) },
        body: () => bytes,
      },
      [201, 200],
      signal,
    );
    response.discard();
    return response.header('oci-subject') !== undefined;
  });
}

async function pushBlob(
  api: RegistryApi,
  repository: string,
  store: Store,
  { digest, size }: Descriptor,
  progress: PushProgress,
  signal: AbortSignal,
): Promise<void> {
  const act = `pushing blob ${digest}`;
  await retrying(new Retries(defaultRetryPolicy, signal), act, async () => {
    const head = { method: 'HEAD', target: `blobs/${digest}`, headers: {} } as const;
    const found = await api.write(repository, head, [200, 404], signal);
    found.discard();
    if (found.status === 200) {
      progress.present(digest);
      return;
    }
    const begin = { method: 'POST', target: 'blobs/uploads/', headers: { 'content-length': '0' } } as const;
    const begun = await api.write(repository, begin, [202], signal);
    begun.discard();
    const place = new URL(begun.header('location') ?? '', begun.url);
    place.searchParams.set('digest', digest);
    const task = progress.sending(digest, size);
    try {
      const sent = await api.write(
        repository,
        {
          method: 'PUT',
          target: place,
          headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
          body: () => counted(createReadStream(store.blobPath(digest)), task),
        },
        [201],
        signal,
      );
      sent.discard();
      task.done();
    } catch (error) {
      task.fail();
      throw error;
    }
  });
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  task: { advance(bytes: number): void },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    task.advance(chunk.length);
    yield chunk;
  }
}

/** OCI distribution-spec, "Referrers Tag Schema": an index that is tagged with the subject's digest lists what refers to it. */
async function addToReferrersTag(
  api: RegistryApi,
  repository: string,
  subject: Digest,
  referrer: Descriptor & { readonly artifactType: string },
  signal: AbortSignal,
): Promise<void> {
  const tag = `sha256-${hexOf(subject)}`;
  const answer = await api.get(repository, `manifests/${tag}`, { accept: mediaTypes.ociIndex }, [200, 404], signal);
  const bytes = await answer.bytes(indexLimit);
  const others = answer.status === 200 ? parseIndex(bytes, `referrers of ${subject}`).manifests : [];
  const { mediaType, digest, size, artifactType } = referrer;
  const manifests = [...others.filter((one) => one.digest !== digest), { mediaType, digest, size, artifactType }];
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }));
  if (answer.status === 200 && digestOf(index) === digestOf(bytes)) return;
  await putManifest(api, repository, tag, index, mediaTypes.ociIndex, signal);
}
