// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { VolumePlan } from '../../init/contract/boot-plan.ts';
import { volumesDir } from '../../init/contract/paths.ts';
import type { Mount } from '../../init/contract/runtime-config.ts';
import type { LazyTree } from '../file-tree.ts';
import type { FlattenedImage, FlattenedSpec } from '../flatten.ts';
import type { VolumeSpec } from '../spec/types.ts';
import type { MountedVolume } from './volume-uses.ts';

/** What a volume holds when the system boots. */
export type VolumeContent =
  | { readonly kind: 'blank' }
  /** The image's tree, which containers of that image have too. */
  | { readonly kind: 'image'; readonly image: FlattenedImage }
  | { readonly kind: 'layout'; readonly tree: LazyTree };

/** A volume as it will lie in the image, in LinuxKit's folders: `lower`, `tmp` and `merged`. */
export interface Volume extends MountedVolume {
  readonly folder: string;
  readonly content: VolumeContent;
  readonly plan: VolumePlan;
}

/** The volumes of a spec by name, in their order. */
export function planVolumes({ spec, images, layouts }: FlattenedSpec): ReadonlyMap<string, Volume> {
  return new Map(
    spec.volumes.map((volume) => {
      const folder = `${volumesDir}/${volume.name}`;
      const readonly = volume.readonly ?? false;
      const mounts = readonly ? readonlyMounts(folder) : writableMounts(folder);
      const plan = { name: volume.name, folder, mounts };
      return [
        volume.name,
        { path: `${folder}/merged`, readonly, folder, content: contentOf(volume, images, layouts), plan },
      ] as const;
    }),
  );
}

function contentOf(
  { name, image: reference, format }: VolumeSpec,
  images: FlattenedSpec['images'],
  layouts: FlattenedSpec['layouts'],
): VolumeContent {
  if (reference === undefined) return { kind: 'blank' };
  if (format === 'oci') {
    const tree = layouts.get(name);
    if (tree === undefined) throw new Error(`the layout of volume "${name}" was not pulled`);
    return { kind: 'layout', tree };
  }
  const image = images.get(reference);
  if (image === undefined) throw new Error(`image "${reference}" of volume "${name}" was not flattened`);
  return { kind: 'image', image };
}

/** As a container's root: writes go to a tmpfs that only the overlay sees. */
function writableMounts(folder: string): readonly Mount[] {
  const scratch = `${folder}/tmp`;
  return [
    { destination: scratch, type: 'tmpfs', source: 'tmpfs' },
    { destination: scratch, options: ['private'] },
    {
      destination: `${folder}/merged`,
      type: 'overlay',
      source: 'overlay',
      options: [`lowerdir=${folder}/lower`, `upperdir=${scratch}/upper`, `workdir=${scratch}/work`],
    },
  ];
}

/**
 * An overlay without an upper folder cannot be written by anybody: a read-only bind could, once a container binds its path
 * anew with "rw". The kernel wants two lower folders then, so that the empty `tmp` is the second.
 */
function readonlyMounts(folder: string): readonly Mount[] {
  return [
    {
      destination: `${folder}/merged`,
      type: 'overlay',
      source: 'overlay',
      options: ['ro', `lowerdir=${folder}/lower:${folder}/tmp`],
    },
  ];
}
