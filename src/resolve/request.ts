// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { resolve as resolvePath } from 'node:path';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import type { Lock } from '../lock.ts';
import { digestOf } from '../oci/digest.ts';
import { mediaTypeOf, parseManifestOrIndex } from '../oci/manifest.ts';
import {
  formatReference,
  type LocalReference,
  parseReference,
  type Reference,
  type RegistryReference,
} from '../oci/reference.ts';
import type { Store } from '../oci/store.ts';
import type { Descriptor, Digest, Platform } from '../oci/types.ts';

/** What resolving one reference needs beside it. */
export interface Request {
  /** The reference as written. */
  readonly text: string;
  readonly specDir: string;
  readonly platform: Platform;
  readonly ctx: BuildContext;
  readonly lock: Lock | undefined;
  readonly store: Store;
  readonly signal: AbortSignal;
}

/** Paths of layouts and archives start from the spec's folder, like every other path of a spec. */
export function parseFrom(specDir: string, text: string): Reference {
  const reference = parseReference(text);
  return 'path' in reference ? { ...reference, path: resolvePath(specDir, reference.path) } : reference;
}

/** The error for an image that is another one than the lock says. */
export function otherThanLocked(pinned: Digest, found: Digest): TskitError {
  return new TskitError('lock', `expected ${pinned} as in tskit.lock, found ${found}`, {
    hint: 'if the change is wanted, run `tskit lock --update`',
  });
}

/** A locked reference is asked for by digest only, and kept under that name: the tag may be somewhere else by now. */
export function pin({ kind, registry, repository }: RegistryReference, digest: Digest): RegistryReference {
  return { kind, registry, repository, digest };
}

/** What the store has of a reference. */
export function findNamed(
  store: Store,
  source: RegistryReference | LocalReference,
  digest: Digest | undefined,
  pull: boolean,
): Descriptor | undefined {
  // A tag may have moved; a digest may be kept under its name only (see listableEntry), and what it names cannot change.
  const byName = source.kind === 'registry' && (digest !== undefined || !pull);
  const byDigest = digest === undefined ? undefined : describeStored(store, digest);
  return byDigest ?? (byName ? store.lookup(formatReference(source)) : undefined);
}

function describeStored(store: Store, digest: Digest): Descriptor | undefined {
  const bytes = store.readDocument(digest);
  if (bytes === undefined) {
    return undefined;
  }
  return { mediaType: mediaTypeOf(parseManifestOrIndex(bytes, `manifest ${digest}`)), digest, size: bytes.length };
}

/** Stores a manifest or index after checking that it is the one that was promised. */
export async function keepDocument(store: Store, promised: Descriptor, bytes: Uint8Array): Promise<Descriptor> {
  const found = digestOf(bytes);
  if (found !== promised.digest) {
    throw new TskitError('digest', `manifest: expected ${promised.digest}, found ${found}`);
  }
  if (bytes.length !== promised.size) {
    throw new TskitError('size', `manifest ${found}: expected ${promised.size} bytes, found ${bytes.length}`);
  }
  await store.writeBytes(bytes, promised.mediaType);
  return promised;
}
