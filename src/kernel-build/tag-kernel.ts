// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Store } from '../oci/store.ts';
import type { Platform } from '../oci/types.ts';
import type { Reporter } from '../reporter.ts';
import type { BuiltKernel } from './build-kernel.ts';

/** What a kernel is called when nobody says: by its release, and by the architecture when that is not the usual one. */
export function defaultTag(release: string, { architecture }: Platform): string {
  return `localhost/kernel:${release}${architecture === 'amd64' ? '' : `-${architecture}`}`;
}

/**
 * Names a kernel in the store. Configurations do not show in the default name: that one takes it from another is said.
 * @throws TskitError `store`.
 */
export async function tagKernel(
  store: Store,
  reference: string,
  { manifest }: Pick<BuiltKernel, 'manifest'>,
  reporter: Reporter,
): Promise<void> {
  const before = store.lookup(reference)?.digest;
  await store.tag(reference, manifest);
  if (before === undefined || before === manifest.digest) return;
  reporter.note(`"${reference}" was another kernel, ${before}, and is this one now; \`--tag NAME\` keeps both`);
}
