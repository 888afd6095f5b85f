// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import { isBoolean, remember } from '../facts.ts';
import { bytesOf, type FileTree } from '../file-tree.ts';
import type { FlattenedImage } from '../flatten.ts';
import { realPath } from '../tree-lookup.ts';
import type { Bundle } from './bundle.ts';
import { filterImage } from './image-filter.ts';
import { keyOf } from './key.ts';
import { boundRoot, overlaidRoot } from './root-mounts.ts';

/**
 * A bundle whose mounts all have a place. In a root that is read-only nothing can be made, so that one whose image lacks a mount point is
 * laid over by a tmpfs first, in which the runtime makes it; it makes the whole read-only then (config.md, Root), before the program
 * runs. The image's tree is loaded for what no earlier build has looked for.
 */
export async function withMountPoints(bundle: Bundle, image: FlattenedImage, ctx: BuildContext): Promise<Bundle> {
  if (bundle.isOverlaid) return bundle;
  const paths = pointsIn(bundle).filter((path) => !always.has(path));
  if (paths.length === 0) return bundle;
  const key = keyOf('mount points', image.tree.key, JSON.stringify(paths));
  const hasAll = await remember(ctx.cache, key, isBoolean, async () => {
    const tree = filterImage(await image.tree.load(), { kind: 'stub' }, ctx.epoch);
    return paths.every((path) => isIn(tree, path));
  });
  if (hasAll) return bundle;
  const { runtime, plan } = bundle;
  const rest = (runtime.mounts ?? []).slice(boundRoot(plan.bundle, bundle.image).length);
  const mounts = [...overlaidRoot(plan.bundle, bundle.image), ...rest];
  return { ...bundle, runtime: { ...runtime, mounts }, isOverlaid: true };
}

/** What every image gets (image-filter.ts). */
const always: ReadonlySet<string> = new Set(['/dev', '/etc/hosts', '/etc/resolv.conf', '/proc', '/sys']);

/** Where something is mounted in the image itself, and not in what is mounted there before. */
function pointsIn({ config, plan }: Bundle): readonly string[] {
  const paths = [
    ...(config.mounts ?? []).map(({ destination }) => destination),
    ...(plan.secrets ?? []).map(({ path }) => path),
  ].map((path) => path.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1'));
  return [...new Set(paths)].filter((path) => !paths.some((other) => path.startsWith(`${other}/`))).sort();
}

function isIn(tree: FileTree, path: string): boolean {
  const real = realPath(tree, bytesOf(path.slice(1)));
  return real === undefined || real === '' || tree.has(real);
}
