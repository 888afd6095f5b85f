// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../../src/context.ts';
import type { Lock } from '../../src/lock.ts';
import type { Platform } from '../../src/oci/types.ts';
import { pull, type PulledImage } from '../../src/pull.ts';
import { type Reporter, silentReporter } from '../../src/reporter.ts';
import { resolve, type ResolvedImage } from '../../src/resolve.ts';
import type { Spec } from '../../src/spec/types.ts';
import { emptySpec } from './empty-spec.ts';

export interface PullOptions extends Partial<Omit<BuildContext, 'cache'>> {
  readonly platform?: Platform;
  readonly lock?: Lock;
  /** The spec's file; relative paths of references start from its folder. */
  readonly file?: string;
}

export interface PullResult {
  readonly resolved: ReadonlyMap<string, ResolvedImage>;
  readonly pulled: ReadonlyMap<string, PulledImage>;
  readonly warnings: readonly string[];
}

/** Resolves and pulls references into a cache, as a build of a spec that names them would. */
export async function pullImages(
  cache: string,
  references: readonly string[],
  options: PullOptions = {},
): Promise<PullResult> {
  const { platform = { os: 'linux', architecture: 'amd64' }, lock, file = '/nowhere/os.yml', ...rest } = options;
  const warnings: string[] = [];
  const reporter: Reporter = { ...silentReporter, warn: (message) => void warnings.push(message) };
  const ctx: BuildContext = {
    cache,
    reporter,
    signal: new AbortController().signal,
    epoch: 0,
    offline: false,
    pull: false,
    ...rest,
  };
  const spec: Spec = { ...emptySpec(file), init: references };
  const resolved = await resolve(spec, platform, ctx, lock);
  const pulled = await pull(resolved, ctx);
  return { resolved: resolved.images, pulled: pulled.images, warnings };
}

/** The same for one reference. */
export async function pullImage(cache: string, reference: string, options: PullOptions = {}): Promise<PulledImage> {
  const { pulled } = await pullImages(cache, [reference], options);
  return pulled.get(reference) as PulledImage;
}
