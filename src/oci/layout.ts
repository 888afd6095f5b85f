// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TskitError } from '../errors.ts';
import { makeFolder, writeFileAtomically } from './atomic-file.ts';
import { acquireLock } from './file-lock.ts';
import { parseIndex } from './manifest.ts';
import { errnoOf, storeError } from './store-error.ts';
import { type Descriptor, mediaTypes } from './types.ts';

/** OCI image-spec annotations.md: the name of an entry in a layout's index.json. */
export const refNameAnnotation = 'org.opencontainers.image.ref.name';

/** OCI image-spec image-layout.md: the content of the file oci-layout. */
export const layoutFile = '{"imageLayoutVersion":"1.0.0"}\n';
const lockTimeoutMs = 30_000;

/** Reads the entries of a layout's index.json; none when there is no layout yet. Throws `store`. */
export function readLayoutEntries(root: string): readonly Descriptor[] {
  const path = join(root, 'index.json');
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      return [];
    }
    throw storeError('reading', path, error);
  }
  try {
    return parseIndex(bytes, `"${path}"`).manifests;
  } catch (error) {
    throw new TskitError(
      'store',
      `opening the image store: ${error instanceof Error ? error.message : String(error)}`,
      {
        hint: `remove "${root}" to start with an empty store`,
        cause: error,
      },
    );
  }
}

/**
 * Replaces the entries of a layout's index.json under a lock, so that processes that tag at the same time lose nothing of
 * each other's. `change` sees what is on the disk now. Returns the new entries. Throws `store`.
 */
export async function changeLayoutEntries(
  root: string,
  change: (entries: readonly Descriptor[]) => readonly Descriptor[],
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  createLayout(root);
  using lock = await acquireLock(join(root, 'index.json.lock'), { signal, timeoutMs: lockTimeoutMs });
  const entries = change(readLayoutEntries(root));
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries };
  writeFileAtomically(join(root, 'index.json'), `${JSON.stringify(index, undefined, 2)}\n`, () => lock.assertHeld());
  return entries;
}

/** OCI image-spec image-layout.md: what must be there for other tools to see a layout. */
function createLayout(root: string): void {
  makeFolder(join(root, 'blobs', 'sha256'));
  if (statSync(join(root, 'oci-layout'), { throwIfNoEntry: false }) === undefined) {
    writeFileAtomically(join(root, 'oci-layout'), layoutFile);
  }
}
