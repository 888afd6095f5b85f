// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { imagesDir, volumesDir } from '../../init/contract/paths.ts';
import { imagePath } from '../assemble/bundle.ts';
import type { Bytes, Inode } from '../file-tree.ts';
import type { FlattenedImage, FlattenedSpec } from '../flatten.ts';

/** Images of containers and volumes by the folder that their trees lie in ("containers/images/0123456789abcdef"). */
export type ImageFolders = ReadonlyMap<string, FlattenedImage>;

/** Those of a spec, in the order of their first use; each digest once. */
export function imageFolders({ spec, images }: FlattenedSpec): ImageFolders {
  const entries = [...spec.onboot, ...spec.onshutdown, ...spec.services, ...spec.volumes];
  const used = entries.flatMap(({ image }) => (image === undefined ? [] : (images.get(image) ?? [])));
  // Of two references to one digest the first is named, as flatten does.
  return new Map(used.toReversed().map((image) => [imagePath(image.digest).slice(1), image]));
}

/** The image whose tree a path of the whole root is in, and the path in it; undefined elsewhere. */
export function imageAt(
  folders: ImageFolders,
  path: Bytes,
): { readonly image: FlattenedImage; readonly folder: Bytes; readonly path: Bytes } | undefined {
  if (!path.startsWith(imagesDir.slice(1))) return undefined;
  const folder = path.split('/').slice(0, 3).join('/') as Bytes;
  const image = folders.get(folder);
  return image && { image, folder, path: path.slice(folder.length + 1) as Bytes };
}

/** Whose bytes a file of the root is; the same for what is counted together. */
export interface Owner {
  readonly kind: 'image' | 'init image' | 'kernel' | 'files' | 'tskit';
  /** The image's reference; what of tskit it is. */
  readonly name: string;
}

/** The owner of one path. */
export function ownerOf(folders: ImageFolders, path: Bytes, { from }: Inode): Owner {
  const inImage = imageAt(folders, path);
  if (inImage !== undefined) return { kind: 'image', name: inImage.image.reference };
  if (from?.kind === 'image')
    return { kind: from.archive === undefined ? 'init image' : 'kernel', name: from.reference };
  if (from?.kind === 'spec' && from.entry.startsWith('files')) return { kind: 'files', name: 'files' };
  if (path.startsWith(`${volumesDir.slice(1)}/`)) return { kind: 'tskit', name: 'volumes' };
  if (path === 'init') return { kind: 'tskit', name: "tskit's init" };
  if (/^(usr\/)?lib\/modules\//.test(path)) return { kind: 'tskit', name: 'index of the kernel modules' };
  return { kind: 'tskit', name: 'bundles and boot plan' };
}
