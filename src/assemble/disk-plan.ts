// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { DiskPlan, PartitionPlan } from '../../init/contract/disk-plan.ts';
import { seedsDir } from '../../init/contract/paths.ts';
import type { Mount } from '../../init/contract/runtime-config.ts';
import type { BuildContext } from '../context.ts';
import { requireTools } from '../emit/tools.ts';
import { bytesOf } from '../file-tree.ts';
import { directory, inlineFile } from '../inodes.ts';
import type { PlacedTree } from '../rootfs.ts';
import { diskSizeBytes, mebibyte } from '../spec/disk-size.ts';
import { partitionTypeGuid } from '../spec/partition-types.ts';
import type { DiskSpec, PartitionSpec } from '../spec/disk-types.ts';
import type { Attributions } from './attribution.ts';
import { ext4SeedSize, ext4SeedVersion, makeExt4Seed } from './ext4-seed.ts';
import { keyOf } from './key.ts';
import type { SpecFile } from './spec-file.ts';

/** The disk of a spec, with its defaults; undefined where it asks for no partition. */
export function diskPlan({
  device = 'auto',
  partitions = [],
  on_failure: onFailure = 'continue',
}: DiskSpec): DiskPlan | undefined {
  return partitions.length === 0 ? undefined : { device, partitions: partitions.map(partitionPlan), onFailure };
}

function partitionPlan({
  label,
  size: text = 'rest',
  type = 'linux',
  filesystem = 'ext4',
  mount,
  ...rest
}: PartitionSpec): PartitionPlan {
  const size = diskSizeBytes(text);
  const { options = ['nodev', 'nosuid'], grow = size === undefined } = rest;
  const base = { label, type: partitionTypeGuid(type), ...(size !== undefined && { size }), grow };
  if (filesystem === 'none') return { ...base, least: mebibyte };
  const seedSize = ext4SeedSize(size);
  return {
    ...base,
    least: seedSize * mebibyte,
    filesystem,
    seed: seedName(seedSize),
    ...(mount !== undefined && { mount: { path: mount, options } }),
  };
}

/** In seedsDir; partitions of one size share a seed. */
function seedName(size: number): string {
  return `ext4-${size}m`;
}

/** The seeds of a plan as one tree. Throws `not-found` when what makes them is not installed. */
export async function seedTree(
  { partitions }: DiskPlan,
  { ofInode }: Attributions,
  ctx: BuildContext,
): Promise<readonly PlacedTree[]> {
  const seeded = partitions.flatMap(({ seed, least }) =>
    seed === undefined ? [] : [[seed, least / mebibyte] as const],
  );
  const sizes = [...new Map(seeded)].toSorted(([, a], [, b]) => a - b);
  if (sizes.length === 0) return [];
  await requireTools('disk', ['mke2fs']);
  const { epoch } = ctx;
  return [
    {
      prefix: bytesOf(seedsDir.slice(1)),
      tree: {
        key: keyOf('seeds', ext4SeedVersion, sizes, epoch),
        label: 'file systems',
        async load() {
          const tree = new Map([[bytesOf(''), directory(epoch)]]);
          for (const [name, size] of sizes) tree.set(bytesOf(name), inlineFile(epoch, await makeExt4Seed(size, ctx)));
          return tree;
        },
      },
      attributionOf: ofInode,
    },
  ];
}

/** Folders that init makes itself, or that lie in what it mounts. */
const madeAtBoot = /^\/(var|run|tmp|dev)(\/|$)/;

/** Mount points of partitions, which have to be there because the root is read-only; one that an image brings stays as it is. */
export function mountPoints({ partitions }: DiskPlan, epoch: number): readonly SpecFile[] {
  return partitions.flatMap(({ mount }, index) => {
    if (mount === undefined || madeAtBoot.test(mount.path)) return [];
    // What lies in the mount of another partition is made there at boot.
    const isBelow = partitions.some(
      (other) => other.mount !== undefined && mount.path.startsWith(`${other.mount.path}/`),
    );
    if (isBelow) return [];
    const inode = { ...directory(epoch), from: { kind: 'spec', entry: `disk.partitions[${index}]` } as const };
    return [{ path: bytesOf(mount.path.slice(1)), inode, key: ['mount point', mount.path], yields: true }];
  });
}

/**
 * Labels of the partitions that a container finds something of by its mounts: it binds the folder where one is mounted, something in
 * it, or a folder above it.
 */
export function usedPartitions(mounts: readonly Mount[], plan: DiskPlan | undefined): readonly string[] {
  const sources = mounts.flatMap(({ type, options = [], source = '' }) =>
    (type === 'bind' || options.includes('bind') || options.includes('rbind')) && source.startsWith('/')
      ? [source]
      : [],
  );
  const isIn = (path: string, folder: string): boolean => `${path}/`.startsWith(`${folder.replace(/\/+$/, '')}/`);
  return (plan?.partitions ?? []).flatMap(({ label, mount }) => {
    if (mount === undefined) return [];
    const isUsed = sources.some((source) => isIn(source, mount.path) || (source !== '/' && isIn(mount.path, source)));
    return isUsed ? [label] : [];
  });
}
