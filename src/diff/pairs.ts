// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { imagesDir } from '../../init/contract/paths.ts';
import type { Bytes } from '../file-tree.ts';
import type { RootContainer } from '../terms/read-containers.ts';
import type { Side } from './side.ts';

/** A folder of each side that is the same thing: a container's image, the modules of the kernel. */
export interface Pair {
  /** What it is called in paths: "web:" before "/etc/hosts". */
  readonly label: string;
  readonly before?: string;
  readonly after?: string;
}

/**
 * Pairs image trees, which lie under their digests: those of one digest, then those of a container of one name. A tree
 * without a partner came or went with its containers.
 */
export function pairImages(before: readonly RootContainer[], after: readonly RootContainer[]): readonly Pair[] {
  const foldersOf = (containers: readonly RootContainer[]): readonly string[] => [
    ...new Set(containers.flatMap(({ imageFolder }) => imageFolder ?? [])),
  ];
  const [left, right] = [new Set(foldersOf(before)), new Set(foldersOf(after))];
  const pairs: Pair[] = [];
  for (const folder of left) {
    if (right.delete(folder)) {
      left.delete(folder);
      pairs.push({ label: labelOf(after, folder), before: folder, after: folder });
    }
  }
  for (const container of after) {
    const { imageFolder } = container;
    if (imageFolder === undefined || !right.has(imageFolder)) continue;
    const partner = before.find(
      (other) =>
        other.section === container.section && other.name === container.name && left.has(other.imageFolder ?? ''),
    )?.imageFolder;
    if (partner === undefined) continue;
    right.delete(imageFolder);
    left.delete(partner);
    pairs.push({ label: labelOf(after, imageFolder), before: partner, after: imageFolder });
  }
  for (const folder of left) pairs.push({ label: labelOf(before, folder), before: folder });
  for (const folder of right) pairs.push({ label: labelOf(after, folder), after: folder });
  return pairs;
}

/** The first container that uses it. */
function labelOf(containers: readonly RootContainer[], folder: string): string {
  return `${containers.find(({ imageFolder }) => imageFolder === folder)?.name ?? folder}:`;
}

const modules = /^(?:usr\/)?lib\/modules\/[^/]+(?=\/modules\.|\/tskit\/|\/kernel\/)/;

/** The modules of two kernel releases, when each side has one. */
export function pairModules(before: Side, after: Side): readonly Pair[] {
  const releasesOf = ({ files }: Side): readonly string[] => [
    ...new Set(
      [...files.keys()].flatMap((path) => (/^(usr\/)?lib\/m/.test(path) ? (modules.exec(path)?.[0] ?? []) : [])),
    ),
  ];
  const [left, right] = [releasesOf(before), releasesOf(after)];
  const [from, to] = [left[0], right[0]];
  if (left.length !== 1 || right.length !== 1 || from === undefined || to === undefined) return [];
  return [{ label: `/${to}`, before: from, after: to }];
}

/** How a path of one side is called so that it meets its counterpart: "web:/etc/hosts", "/etc/hosts". */
export function namer(pairs: readonly Pair[], side: 'before' | 'after'): (path: Bytes) => Bytes {
  const labels = new Map(
    pairs.flatMap((pair) => (pair[side] === undefined ? [] : [[pair[side], pair.label] as const])),
  );
  const depth = (path: string): number => (path.startsWith(imagesDir.slice(1)) ? 3 : path.startsWith('usr/') ? 4 : 3);
  return (path) => {
    const parts = path.split('/');
    const count = depth(path);
    const label = parts.length < count ? undefined : labels.get(parts.slice(0, count).join('/'));
    if (label === undefined) return `/${path}` as Bytes;
    const rest = parts.slice(count).join('/');
    // A release's folder is named with its path, an image's with its container.
    return (label.endsWith(':') ? `${label}/${rest}` : rest === '' ? label : `${label}/${rest}`) as Bytes;
  };
}
