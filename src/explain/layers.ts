// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, openSync } from 'node:fs';
import { readTar } from '../archive/tar.ts';
import type { BuildContext } from '../context.ts';
import type { Bytes } from '../file-tree.ts';
import { spoolLayer } from '../flatten/spool.ts';
import { layerHistories } from '../oci/image-history.ts';
import type { PulledImage } from '../pull.ts';

/** A layer, for the reader. */
export interface LayerName {
  /** From the lowest, which is 1; and how many there are. */
  readonly number: number;
  readonly of: number;
  /** Of the stored bytes. */
  readonly digest: string;
  /** Of the uncompressed ones. */
  readonly diffId: string;
  /** What made it, as the image's history has it. */
  readonly createdBy?: string;
}

/** `index` counts from 0. */
export function layerName({ layers, config }: PulledImage, index: number): LayerName | undefined {
  const layer = layers[index];
  if (layer === undefined) return undefined;
  const { createdBy } = layerHistories(config)[index] ?? {};
  return {
    number: index + 1,
    of: layers.length,
    digest: layer.descriptor.digest,
    diffId: layer.diffId,
    ...(createdBy === undefined ? {} : { createdBy }),
  };
}

/** What a layer does to a path. */
export interface LayerMention {
  readonly layer: LayerName;
  readonly act: 'has' | 'removes';
  /** Of what it has; 0 for all but regular files. */
  readonly size: number;
}

/**
 * The layers of an image that mention a path under this very name, lowest first: by its headers alone. Of a whiteout of a
 * folder above, the path is removed as well (OCI image-spec layer.md, Whiteouts).
 */
export async function layersMentioning(
  image: PulledImage,
  path: Bytes,
  ctx: BuildContext,
): Promise<readonly LayerMention[]> {
  const whiteouts = whiteoutsOf(path);
  const mentions: LayerMention[] = [];
  for (const [index, pulled] of image.layers.entries()) {
    const layer = layerName(image, index);
    if (layer === undefined) continue;
    const { file, size } = await spoolLayer(pulled, ctx);
    const fd = openSync(file, 'r');
    try {
      let found: LayerMention | undefined;
      for (const entry of readTar(fd, size)) {
        const name = entry.path
          .split('/')
          .filter((part) => part !== '' && part !== '.')
          .join('/');
        if (name === path) found = { layer, act: 'has', size: entry.type === 'file' ? entry.size : 0 };
        else if (found === undefined && whiteouts.has(name)) found = { layer, act: 'removes', size: 0 };
      }
      if (found !== undefined) mentions.push(found);
    } finally {
      closeSync(fd);
    }
  }
  return mentions;
}

/** For "a/b": ".wh.a", "a/.wh.b", and the opaque markers of what is above. */
function whiteoutsOf(path: Bytes): ReadonlySet<string> {
  const names = path.split('/');
  return new Set(
    names.flatMap((name, index) => {
      const above = names
        .slice(0, index)
        .map((part) => `${part}/`)
        .join('');
      return [`${above}.wh.${name}`, ...(index === 0 ? [] : [`${above}.wh..wh..opq`])];
    }),
  );
}
