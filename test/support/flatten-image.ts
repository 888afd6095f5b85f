// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { flatten } from '../../src/flatten.ts';
import type { BuildContext } from '../../src/context.ts';
import type { FileTree } from '../../src/file-tree.ts';
import type { PulledImage } from '../../src/pull.ts';
import { emptySpec } from './empty-spec.ts';

/** Flattens one image and loads its tree. */
export function flattenImage(image: PulledImage, ctx: BuildContext): Promise<FileTree> {
  const pulled = {
    spec: emptySpec(),
    platform: { os: 'linux', architecture: 'amd64' },
    images: new Map([[image.reference, image]]),
    layouts: new Map(),
  };
  const flattened = flatten(pulled, ctx).images.get(image.reference);
  if (flattened === undefined) {
    throw new Error(`${image.reference} is not in the result`);
  }
  return flattened.tree.load();
}
