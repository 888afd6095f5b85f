// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Inode } from '../file-tree.ts';
import type { FlattenedSpec } from '../flatten.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import type { Digest } from '../oci/types.ts';
import type { Origin } from '../rootfs.ts';

/** What LinuxKit writes for the entries of `files`. */
const filesSource = 'linuxkit.files';
/** What no image and no entry of the spec brought: tskit's init, its folders, the boot plan, the index of modules. */
const ownSource = 'tskit';

/** Tells what of the spec brought each inode of a root (Rootfs). */
export interface Origins {
  readonly kernel: Origin;
  /** Of what tskit itself makes; its own init boots beside the init images. */
  readonly own: Origin;
  /** Of a tree that containers share: the first container of the spec that uses the image. */
  readonly ofImage: (digest: Digest) => Origin;
  /** Of an inode of the merged root, or of a bundle. */
  readonly ofInode: (inode: Inode) => Origin;
  /** Of an inode of a kernel release's modules: their index is made by the build. */
  readonly ofModule: (inode: Inode) => Origin;
}

/** The origins of everything that a spec brings. */
export function originsOf({ spec, images }: FlattenedSpec): Origins {
  const containers = (['onboot', 'onshutdown', 'services'] as const).flatMap((section) =>
    spec[section].map(({ image }, index) => ({ source: image, location: `${section}[${index}]` })),
  );
  const inits = spec.init.map((source, index) => ({ source, location: `init[${index}]` }));
  const expanded = (origin: Origin): Origin => ({ ...origin, source: expandReference(origin.source) });
  const byDigest = (origins: readonly Origin[]): ReadonlyMap<Digest | undefined, Origin> =>
    new Map(origins.map((origin) => [images.get(origin.source)?.digest, expanded(origin)] as const).reverse());
  const ofContainers = byDigest(containers);
  const ofInits = byDigest(inits);
  const entries = new Map(containers.map((origin) => [origin.location, expanded(origin)]));
  const files = spec.files.map((_, index): Origin => ({ source: filesSource, location: `files[${index}]` }));
  for (const file of files) entries.set(file.location, file);
  const own: Origin = { source: ownSource, location: 'init' };
  const kernel: Origin = {
    source: spec.kernel === undefined ? ownSource : expandReference(spec.kernel.image),
    location: 'kernel',
  };
  const ofInode = ({ from }: Inode): Origin => {
    if (from === undefined) return own;
    if (from.kind === 'spec') return entries.get(from.entry) ?? own;
    // Only the kernel's image brings files out of an archive in it.
    return (from.archive === undefined ? ofInits.get(images.get(from.reference)?.digest) : kernel) ?? own;
  };
  return {
    kernel,
    own,
    ofImage: (digest) => ofContainers.get(digest) ?? own,
    ofInode,
    ofModule: (inode) => (inode.from === undefined ? { source: ownSource, location: 'kernel' } : ofInode(inode)),
  };
}

/** A reference with its registry, as LinuxKit writes it into the records: without a tag when the spec gives none. */
export function expandReference(text: string): string {
  const reference = parseReference(text);
  if (reference.kind !== 'registry') return text;
  const { tag: _, ...untagged } = reference;
  return formatReference(/:[^/@]+(@|$)/.test(text) ? reference : untagged);
}
