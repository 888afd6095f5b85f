// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { type Bytes, type FileTree, textOf } from '../file-tree.ts';
import { parentOf } from '../inodes.ts';
import { nearestKey } from '../spec/nearest-key.ts';
import type { Cover } from './cover.ts';
import { layersMentioning } from './layers.ts';
import { locate, shown } from './locate.ts';
import type { LoadedSystem } from './file.ts';
import { imageAt } from './owner.ts';
import type { BuildContext } from '../context.ts';

/** More paths of the same name help nobody. */
const maxNamed = 5;

/** The error for a path that the system does not have: what took it away, what has a name like it, where else its name is. */
export async function missingFile(
  { composition, whole, folders }: LoadedSystem,
  root: Bytes,
  asked: string,
  cover: Cover | undefined,
  ctx: BuildContext,
): Promise<TskitError> {
  const located = locate(whole, root, Buffer.from(asked).toString('latin1'), false);
  const path = located?.path ?? root;
  const inImage = imageAt(folders, path);
  const image = inImage && composition.pulled.images.get(inImage.image.reference);
  const mentions = image && inImage ? await layersMentioning(image, inImage.path, ctx) : [];
  const removal = mentions.findLast(({ act }) => act === 'removes');
  const found =
    removal === undefined ? 'no such path' : `that layer ${removal.layer.number} of ${image?.reference} removes it`;
  return new TskitError('not-found', `explaining "${asked}": expected a file of the system, found ${found}`, {
    hint: coverHint(cover) ?? hintFor(whole, root, path),
  });
}

function coverHint(cover: Cover | undefined): string | undefined {
  if (cover === undefined) return undefined;
  const { destination, shows, mount } = cover;
  if (shows === undefined) return `the container mounts ${mount.split(' ')[0]} on ${destination}`;
  return `the container sees "${shows}" of the system there; explain that`;
}

function hintFor(whole: FileTree, root: Bytes, path: Bytes): string {
  let folder = parentOf(path);
  while (folder !== root && !whole.has(folder)) folder = parentOf(folder);
  const start = folder === '' ? 0 : folder.length + 1;
  const wanted = path.slice(start).split('/')[0] ?? '';
  const names = new Set<string>();
  const same: string[] = [];
  const last = path.slice(path.lastIndexOf('/') + 1);
  for (const other of whole.keys()) {
    if (other !== folder && (folder === '' || other.startsWith(`${folder}/`))) {
      names.add(other.slice(start).split('/')[0] ?? '');
    }
    if (last !== '' && other.endsWith(`/${last}`) && other.startsWith(root)) same.push(within(root, other));
  }
  const near = nearestKey(textOf(wanted), [...names].map(textOf));
  if (near !== undefined) return `did you mean "${within(root, folder).replace(/\/$/, '')}/${near}"?`;
  if (same.length > 0) return `there is ${same.sort().slice(0, maxNamed).join(', ')}`;
  const listed = [...names]
    .sort()
    .slice(0, 2 * maxNamed)
    .map(textOf)
    .join(', ');
  return `"${within(root, folder)}" has ${listed === '' ? 'nothing in it' : `${listed}${names.size > 2 * maxNamed ? ', …' : ''}`}`;
}

/** A path as whoever has `root` for a root sees it. */
function within(root: Bytes, path: Bytes): string {
  return root === '' ? shown(path) : `/${textOf(path.slice(root.length + 1))}`;
}
