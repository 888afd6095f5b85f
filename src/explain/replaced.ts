// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Composition } from '../compose.ts';
import { kernelOf } from '../assemble/kernel.ts';
import { type Bytes, contentSize, type FileTree, type Inode, textOf } from '../file-tree.ts';
import type { FlattenedImage } from '../flatten.ts';
import { layersMentioning } from './layers.ts';
import { placed, placeText } from './places.ts';

/** Something that had a path too and does not stand there. */
export interface Other {
  /** "layer 1 of nginx", "init image x", "files[0]". */
  readonly what: string;
  readonly act: 'has' | 'removes';
  readonly size?: number;
}

/**
 * What else had the path of an inode: lower layers of its image, other init images and the kernel's archive, earlier entries
 * of `files`; where the build's own stands, what the image has.
 */
export async function othersOf(
  composition: Composition,
  path: Bytes,
  inode: Inode,
  inImage: { readonly image: FlattenedImage; readonly path: Bytes } | undefined,
  ctx: BuildContext,
): Promise<readonly Other[]> {
  if (inode.type === 'directory') return [];
  if (inImage !== undefined) return imageOthers(composition, inImage.image.reference, inImage.path, inode, ctx);
  return [...(await rootOthers(composition, path, inode, ctx)), ...fileOthers(composition, path, inode)];
}

async function imageOthers(
  { pulled }: Composition,
  reference: string,
  path: Bytes,
  { from }: Inode,
  ctx: BuildContext,
): Promise<readonly Other[]> {
  const image = pulled.images.get(reference);
  if (image === undefined) return [];
  const own = from?.kind === 'image' ? from.layer + 1 : undefined;
  return (await layersMentioning(image, path, ctx))
    .filter(({ layer }) => layer.number !== own)
    .map(({ layer, act, size }) => ({
      what: `layer ${layer.number} of ${layer.of} of ${reference}`,
      act,
      ...(act === 'has' ? { size } : {}),
    }));
}

async function rootOthers(
  composition: Composition,
  path: Bytes,
  inode: Inode,
  ctx: BuildContext,
): Promise<readonly Other[]> {
  const { spec, flattened } = composition;
  const others: Other[] = [];
  const add = (what: string, tree: FileTree): void => {
    const own = tree.get(path);
    if (own !== undefined && own !== inode) others.push({ what, act: 'has', ...sizeOf(own) });
  };
  for (const [index, reference] of spec.init.entries()) {
    const tree = await flattened.images.get(reference)?.tree.load();
    if (tree !== undefined) add(`init image ${reference} (${placeText(placed(spec, ['init', index]))})`, tree);
  }
  const image = spec.kernel && flattened.images.get(spec.kernel.image);
  const modules = spec.kernel && image && kernelOf(spec.kernel, image, ctx).modules;
  // What it brings most is modules, which nothing else has: it is read only for what may be elsewhere too.
  if (modules !== undefined && !/^(usr\/)?lib\/modules\//.test(path)) add(modules.label, await modules.load());
  if (inode.from?.kind !== 'image' || inode.from.archive !== undefined) return others;
  return [...others, ...(await imageOthers(composition, inode.from.reference, path, inode, ctx))];
}

function fileOthers({ spec }: Composition, path: Bytes, { from }: Inode): readonly Other[] {
  if (from?.kind !== 'spec') return [];
  return spec.files.flatMap((file, index) => {
    const same =
      file.path
        .split('/')
        .filter((name) => name !== '' && name !== '.')
        .join('/') === textOf(path);
    if (!same || from.entry === `files[${index}]`) return [];
    return [{ what: `files[${index}] (${placeText(placed(spec, ['files', index]))})`, act: 'has' as const }];
  });
}

function sizeOf(inode: Inode): { readonly size?: number } {
  return inode.type === 'file' ? { size: contentSize(inode.content) } : {};
}
