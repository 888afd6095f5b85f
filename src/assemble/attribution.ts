// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Inode } from '../file-tree.ts';
import type { FlattenedSpec } from '../flatten.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import type { Digest } from '../oci/types.ts';
import type { Attribution } from '../rootfs.ts';

/** What LinuxKit writes for the entries of `files`. */
const filesSource = 'linuxkit.files';
/** And for the folders of volumes, which it counts as `volume[0]`; what an image brings into one has the image's name. */
const volumesSource = 'linuxkit.volumes';
/** What no image and no entry of the spec brought: tskit's init, its folders, the boot plan, the index of modules. */
const ownSource = 'tskit';

/** Tells what of the spec brought each inode of a root (Rootfs). */
export interface Attributions {
  readonly kernel: Attribution;
  /** Of what tskit itself makes; its own init boots beside the init images. */
  readonly own: Attribution;
  /** Of a tree that containers share: the first container of the spec that uses the image. */
  readonly ofImage: (digest: Digest) => Attribution;
  /** Of the image of a volume, or of the volume's folders when it has none. */
  readonly ofVolume: (index: number) => Attribution;
  /** Of an inode of the merged root, of a bundle or of a volume's folders. */
  readonly ofInode: (inode: Inode) => Attribution;
  /** Of an inode of a kernel release's modules: their index is made by the build. */
  readonly ofModule: (inode: Inode) => Attribution;
}

/** The attributions of everything that a spec brings. */
export function attributionsOf({ spec, images }: FlattenedSpec): Attributions {
  const containers = (['onboot', 'onshutdown', 'services'] as const).flatMap((section) =>
    spec[section].map(({ image }, index) => ({ source: image, location: `${section}[${index}]` })),
  );
  const volumes = spec.volumes.map(({ image }, index) => ({ source: image, location: `volume[${index}]` }));
  const inits = spec.init.map((source, index) => ({ source, location: `init[${index}]` }));
  const expanded = (attribution: Attribution): Attribution => ({
    ...attribution,
    source: expandReference(attribution.source),
  });
  const byDigest = (attributions: readonly Attribution[]): ReadonlyMap<Digest | undefined, Attribution> =>
    new Map(
      attributions
        .map((attribution) => [images.get(attribution.source)?.digest, expanded(attribution)] as const)
        .reverse(),
    );
  const withImage = volumes.flatMap(({ source, location }) => (source === undefined ? [] : [{ source, location }]));
  const ofContainers = byDigest([...containers, ...withImage]);
  const ofInits = byDigest(inits);
  const entries = new Map(containers.map((attribution) => [attribution.location, expanded(attribution)]));
  const files = spec.files.map((_, index): Attribution => ({ source: filesSource, location: `files[${index}]` }));
  for (const file of files) entries.set(file.location, file);
  for (const { location } of volumes) entries.set(location, { source: volumesSource, location });
  const own: Attribution = { source: ownSource, location: 'init' };
  const kernel: Attribution = {
    source: spec.kernel === undefined ? ownSource : expandReference(spec.kernel.image),
    location: 'kernel',
  };
  const moduleIndex: Attribution = { source: ownSource, location: 'kernel' };
  const ofInode = ({ from }: Inode): Attribution => {
    if (from === undefined) return own;
    if (from.kind === 'spec') return entries.get(from.entry) ?? own;
    // Only the kernel's image brings files out of an archive in it.
    return (from.archive === undefined ? ofInits.get(images.get(from.reference)?.digest) : kernel) ?? own;
  };
  return {
    kernel,
    own,
    ofImage: (digest) => ofContainers.get(digest) ?? own,
    ofVolume: (index) => {
      const { source = volumesSource, location } = volumes[index] ?? own;
      return { source: source === volumesSource ? source : expandReference(source), location };
    },
    ofInode,
    ofModule: (inode) => (inode.from === undefined ? moduleIndex : ofInode(inode)),
  };
}

/** A reference with its registry, as LinuxKit writes it into the records: without a tag when the spec gives none. */
export function expandReference(text: string): string {
  const reference = parseReference(text);
  if (reference.kind !== 'registry') return text;
  const { tag: _, ...untagged } = reference;
  return formatReference(/:[^/@]+(@|$)/.test(text) ? reference : untagged);
}
