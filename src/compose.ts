// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { InitChoice } from './assemble/init.ts';
import { assemble } from './assemble/rootfs.ts';
import type { BuildContext } from './context.ts';
import { type FlattenedSpec, flatten } from './flatten.ts';
import type { Lock } from './lock.ts';
import type { Platform } from './oci/types.ts';
import { type PulledSpec, pull } from './pull.ts';
import { resolve } from './resolve.ts';
import type { Rootfs } from './rootfs.ts';
import type { Spec } from './spec/types.ts';

/** What is composed, and for which machine. */
export interface CompositionOptions {
  readonly platform: Platform;
  /** What tskit.lock pins, when there is one. */
  readonly lock?: Lock;
  readonly init: InitChoice;
  /** As for assemble. */
  readonly mayLackOptions?: boolean;
}

/** An operating system as a build knows it before it writes anything, with what each stage made of the spec. */
export interface Composition {
  readonly spec: Spec;
  readonly pulled: PulledSpec;
  readonly flattened: FlattenedSpec;
  readonly rootfs: Rootfs;
}

/** A build without its last stage: what `tskit build` would write, for commands that look at it. Throws what its stages throw. */
export async function compose(spec: Spec, options: CompositionOptions, ctx: BuildContext): Promise<Composition> {
  const resolved = await resolve(spec, options.platform, ctx, options.lock);
  const pulled = await pull(resolved, ctx);
  const flattened = flatten(pulled, ctx);
  return { spec, pulled, flattened, rootfs: await assemble(flattened, options, ctx) };
}
