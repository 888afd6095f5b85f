// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TskitError } from '../errors.ts';
import { makeFolder } from './atomic-file.ts';
import { BlobFile } from './blob-file.ts';
import { digestOf, hexOf } from './digest.ts';
import { parseImageConfig } from './image-config.ts';
import { throwIfInterrupted } from './interruption.ts';
import { changeLayoutEntries, readLayoutEntries, refNameAnnotation } from './layout.ts';
import { documentLimit } from './json-fields.ts';
import { leaseCache } from './lease.ts';
import { type ManifestOrIndex, parseManifest, parseManifestOrIndex } from './manifest.ts';
import { storeError } from './store-error.ts';
import type { Descriptor, Digest, ImageConfig, Manifest } from './types.ts';

/** Enough of a descriptor to find a blob and to know that all of it is there. */
export type BlobKey = Pick<Descriptor, 'digest' | 'size'>;

export interface StoredReference {
  readonly reference: string;
  readonly descriptor: Descriptor;
}

/**
 * Opens the content store of a cache folder, which is an OCI image layout at `<cache>/oci` (OCI image-spec image-layout.md)
 * that any OCI tool can read. Nothing is created until something is written. The process keeps a lease on the cache until
 * it exits, so that `cache clean` beside it takes nothing away. Throws `store` when the folder cannot be used.
 */
export async function openStore(cache: string, signal: AbortSignal): Promise<Store> {
  await leaseCache(cache, signal);
  return new Store(cache, signal);
}

/** Images by reference and blobs by digest. Every blob in it was verified when it was written. */
export class Store {
  /** The cache folder that the store is part of. */
  readonly cache: string;
  /** The OCI layout itself. */
  readonly root: string;
  readonly #signal: AbortSignal;
  /** index.json, read once: what other processes tag meanwhile is seen by the next command. */
  #entries: readonly Descriptor[];

  constructor(cache: string, signal: AbortSignal) {
    this.cache = cache;
    this.root = join(cache, 'oci');
    this.#signal = signal;
    this.#entries = readLayoutEntries(this.root);
  }

  /** Where a blob is, or would be. */
  blobPath(digest: Digest): string {
    return join(this.root, 'blobs', 'sha256', hexOf(digest));
  }

  /**
   * Whether a blob is here, by its size alone: blobs are hashed while they are written and get their name only then, so
   * hashing them again on each build would cost seconds and find only a failing disk, which flatten finds when it unpacks.
   * Throws `store`.
   */
  hasBlob(key: BlobKey): boolean {
    return sizeOf(this.blobPath(key.digest)) === key.size;
  }

  /**
   * A small blob (manifest, index, config) in memory; undefined when it is not here. It is hashed again, because all else
   * depends on it and it costs microseconds. Throws `digest`, `size` or `store`.
   */
  readDocument(digest: Digest): Buffer | undefined {
    const path = this.blobPath(digest);
    const size = sizeOf(path);
    if (size === undefined) {
      return undefined;
    }
    if (size > documentLimit) {
      throw new TskitError('size', `reading "${path}": expected at most ${documentLimit} bytes, found ${size}`);
    }
    const bytes = readWhole(path);
    const found = digestOf(bytes);
    if (found !== digest) {
      throw new TskitError('digest', `reading "${path}": expected ${digest}, found ${found}`, {
        hint: 'the file was changed after it was stored; remove it and run the same command again',
      });
    }
    return bytes;
  }

  /** A stored manifest or index. Throws `store` when it is not here, `manifest` when it is neither. */
  readManifestOrIndex(digest: Digest): ManifestOrIndex {
    return parseManifestOrIndex(this.#document(digest), `manifest ${digest}`);
  }

  /** A stored image manifest. Throws `store` when it is not here, `manifest` when it is none. */
  readManifest(digest: Digest): Manifest {
    return parseManifest(this.#document(digest), `manifest ${digest}`);
  }

  /** A stored image config. Throws `store` when it is not here, `manifest` when it is none. */
  readConfig(digest: Digest): ImageConfig {
    return parseImageConfig(this.#document(digest), `image config ${digest}`);
  }

  /** Stores a stream under the digest that it turns out to have. Throws `store`; nothing is left behind then. */
  async writeBlob(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, mediaType: string): Promise<Descriptor> {
    const file = await BlobFile.create(this.temporaryPath(`${process.pid}-${randomUUID()}.partial`));
    try {
      for await (const chunk of source) {
        throwIfInterrupted(this.#signal);
        await file.write(chunk);
      }
      const descriptor: Descriptor = { mediaType, digest: file.digest(), size: file.size };
      if (this.hasBlob(descriptor)) {
        await file.discard();
      } else {
        await file.publish(this.blobPath(descriptor.digest));
      }
      return descriptor;
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  /** Stores bytes as they are. Throws `store`. */
  async writeBytes(bytes: Uint8Array, mediaType: string): Promise<Descriptor> {
    const descriptor: Descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
    return this.hasBlob(descriptor) ? descriptor : this.writeBlob([bytes], mediaType);
  }

  /** Stores a value as JSON, its members in the order in which the object has them. Throws `store`. */
  writeJson(value: object, mediaType: string): Promise<Descriptor> {
    return this.writeBytes(Buffer.from(JSON.stringify(value)), mediaType);
  }

  /** What a reference names here: a manifest, or an index that need not be complete for every platform. */
  lookup(reference: string): Descriptor | undefined {
    return this.#entries.find((entry) => isNamed(entry, reference));
  }

  /** Every named entry. */
  references(): readonly StoredReference[] {
    return this.#entries.flatMap((descriptor) => {
      const reference = descriptor.annotations?.[refNameAnnotation];
      return reference === undefined ? [] : [{ reference, descriptor }];
    });
  }

  /** Lets a reference name a stored manifest or index, and no other any more. Throws `store`. */
  async tag(reference: string, descriptor: Descriptor): Promise<void> {
    if (this.lookup(reference)?.digest === descriptor.digest) {
      return;
    }
    const { mediaType, digest, size, platform } = descriptor;
    const annotations = { [refNameAnnotation]: reference };
    const entry: Descriptor = { mediaType, digest, size, ...(platform && { platform }), annotations };
    await this.#change((entries) => [...entries.filter((other) => !isNamed(other, reference)), entry]);
  }

  /** Forgets references; their blobs stay until the cache is cleaned. Throws `store`. */
  async untag(references: ReadonlySet<string>): Promise<void> {
    await this.#change((entries) =>
      entries.filter((entry) => !references.has(entry.annotations?.[refNameAnnotation] ?? '')),
    );
  }

  /** A path in `<cache>/tmp`, which is on the file system of the blobs, so that a finished file can be renamed into place. */
  temporaryPath(name: string): string {
    const folder = join(this.cache, 'tmp');
    makeFolder(folder);
    return join(folder, name);
  }

  async #change(change: (entries: readonly Descriptor[]) => readonly Descriptor[]): Promise<void> {
    this.#entries = await changeLayoutEntries(this.root, change, this.#signal);
  }

  #document(digest: Digest): Buffer {
    const bytes = this.readDocument(digest);
    if (bytes === undefined) {
      throw new TskitError('store', `reading blob ${digest}: not in the store "${this.root}"`, {
        hint: 'run the command again without --offline to pull it',
      });
    }
    return bytes;
  }
}

function isNamed(entry: Descriptor, reference: string): boolean {
  return entry.annotations?.[refNameAnnotation] === reference;
}

/** Undefined when there is no such file. */
function sizeOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size;
  } catch (error) {
    throw storeError('looking for', path, error);
  }
}

function readWhole(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw storeError('reading', path, error);
  }
}
