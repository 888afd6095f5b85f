// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Composition } from '../compose.ts';
import { type Bytes, bytesOf, type FileTree, type Inode, textOf } from '../file-tree.ts';
import type { InstalledPackage } from '../installed/packages.ts';
import { owningPackage } from '../installed/owner.ts';
import type { PulledImage } from '../pull.ts';
import type { Place } from '../spec/texts.ts';
import { describeInode, type InodeFacts } from './describe-inode.ts';
import { type LayerName, layerName } from './layers.ts';
import { locate, shown } from './locate.ts';
import { madeReason } from './made.ts';
import { type ImageFolders, imageAt } from './owner.ts';
import { othersOf, type Other } from './replaced.ts';
import { type PlacedEntry, placed, placesOfImage } from './places.ts';
import { readRoot } from './whole-tree.ts';

/** What brought a file: the whole answer to "why is it here". */
export type FileOrigin =
  | {
      readonly kind: 'image';
      readonly reference: string;
      readonly digest: string;
      readonly layer: LayerName | undefined;
      /** The file of the image that it was unpacked from ("kernel.tar"). */
      readonly archive?: string;
      /** What of the spec names the image ("services[0]"), with its line. */
      readonly named: readonly PlacedEntry[];
    }
  | { readonly kind: 'spec'; readonly entry: string; readonly place?: Place; readonly source?: string }
  | { readonly kind: 'tskit'; readonly reason: string; readonly for?: PlacedEntry };

/** Everything that is known of one path of the system. */
export interface ExplainedFile extends InodeFacts {
  /** As it lies in the system, links above it followed. */
  readonly path: string;
  /** In the image, when it is in one's tree. */
  readonly pathInImage?: string;
  readonly links: readonly { readonly path: string; readonly target: string }[];
  readonly origin: FileOrigin;
  readonly package?: InstalledPackage;
  /** What else had this path and does not stand there. */
  readonly others: readonly Other[];
  /** What a symbolic link leads to in the end; absent when nothing is there. */
  readonly leadsTo?: string;
}

/** A system that files of are explained, all of it loaded. */
export interface LoadedSystem {
  readonly composition: Composition;
  readonly whole: FileTree;
  readonly folders: ImageFolders;
}

/**
 * Explains a path below `root` (the system's own is '', a container's is its image's folder). Undefined when nothing is
 * there, or a loop of links is on the way.
 */
export async function explainFile(
  system: LoadedSystem,
  root: Bytes,
  path: string,
  ctx: BuildContext,
): Promise<ExplainedFile | undefined> {
  const { composition, whole, folders } = system;
  const found = locate(whole, root, bytesOf(path), false);
  const inode = found && whole.get(found.path);
  if (found === undefined || inode === undefined) return undefined;
  const inImage = imageAt(folders, found.path);
  const base = inImage?.folder ?? ('' as Bytes);
  const inner = inImage?.path ?? found.path;
  const owner = inode.from?.kind === 'image' ? owningPackage(readRoot(whole, base), inner) : undefined;
  const end = inode.type === 'symlink' ? locate(whole, root, bytesOf(path), true) : undefined;
  return {
    path: shown(found.path),
    ...(inImage === undefined ? {} : { pathInImage: shown(inImage.path) }),
    links: found.links.map((link) => ({ path: shown(link.path), target: textOf(link.target) })),
    ...describeInode(whole, found.path, inode),
    origin: originOf(composition, found.path, inode, inImage?.path),
    ...(owner === undefined ? {} : { package: owner }),
    others: await othersOf(composition, found.path, inode, inImage, ctx),
    ...(end !== undefined && whole.has(end.path) ? { leadsTo: shown(end.path) } : {}),
  };
}

function originOf(composition: Composition, path: Bytes, inode: Inode, inImage: string | undefined): FileOrigin {
  const { from } = inode;
  const { spec, pulled } = composition;
  if (from === undefined) {
    return { kind: 'tskit', reason: madeReason(textOf(path), inImage, inode.type === 'directory') };
  }
  if (from.kind === 'spec') {
    const [section = '', index = ''] = from.entry.split(/[[\]]/);
    if (section !== 'files') {
      const reason = madeReason(textOf(path), inImage, inode.type === 'directory');
      // LinuxKit's word for an entry of volumes.
      return { kind: 'tskit', reason, for: placed(spec, [section === 'volume' ? 'volumes' : section, Number(index)]) };
    }
    const place = spec.origin.place(['files', Number(index)]);
    const source = spec.files[Number(index)]?.source;
    return { kind: 'spec', entry: from.entry, ...(place && { place }), ...(source === undefined ? {} : { source }) };
  }
  const image = pulled.images.get(from.reference) as PulledImage;
  return {
    kind: 'image',
    reference: from.reference,
    digest: image.digest,
    layer: layerName(image, from.layer),
    ...(from.archive === undefined ? {} : { archive: from.archive }),
    named: placesOfImage(spec, [...pulled.images.values()], image.digest),
  };
}
