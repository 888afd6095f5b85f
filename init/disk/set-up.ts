// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { DiskPlan, PartitionPlan } from '../contract/disk-plan.ts';
import type { PartitionStatus } from '../contract/status.ts';
import { describeError, readAt } from '../files.ts';
import { AT_FDCWD, CLOCK_MONOTONIC, O_CLOEXEC, O_RDONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { openDevice } from './block-device.ts';
import { listCandidates } from './candidates.ts';
import { growTo, readSuperblock, superblockOffset, superblockSize } from './ext4.ts';
import { type Candidate, chooseDisk, sizeText } from './find-disk.ts';
import { tellKernel } from './kernel-partitions.ts';
import type { Placement } from './layout.ts';
import { partitionDisk } from './partition-disk.ts';
import { plant } from './seed.ts';

/** Disks of some buses appear long after their controllers. */
const patienceSeconds = 10;
const lookEvery = 0.25;

/** What set-up needs of its surroundings. */
export interface Surroundings {
  /** GUID, in lower case, of the partition that the root is on, where there is one. */
  readonly rootPartition: string | undefined;
  line(text: string): void;
  warn(text: string): void;
  /** Loads drivers of devices that have appeared. */
  settle(): void;
  /** Mounts a partition's node where the plan says. */
  mount(device: string, plan: PartitionPlan): void;
}

/**
 * Makes the partitions of a plan that are not there, and mounts all of them, in the order of their paths. What fails is told, and is in
 * the result.
 */
export function setUpDisk(sys: Sys, plan: DiskPlan, around: Surroundings): readonly PartitionStatus[] {
  const results = new Map<string, PartitionStatus>();
  function fail(label: string, error: string): void {
    results.set(label, { label, state: 'failed', error });
    around.warn(`disk: ${label}: FAILED, ${error}`);
  }
  try {
    const disk = findDisk(sys, plan, around);
    const device = openDevice(sys, disk.name, 'write');
    try {
      const chance = (): Uint8Array => randomBytes(sys, 16);
      const found = typeof disk.content === 'object' ? disk.content : undefined;
      const { placed, failed } = partitionDisk(device, found, plan, chance, (one) => plant(sys, device, one, chance));
      for (const [label, why] of failed) fail(label, `${disk.path}: ${why}`);
      const byPath = placed.toSorted((a, b) => comparePaths(a.plan.mount?.path ?? '', b.plan.mount?.path ?? ''));
      for (const placement of byPath) {
        const { label } = placement.plan;
        try {
          results.set(label, use(sys, tellKernel(sys, device, disk.name, placement), placement, around));
        } catch (error) {
          fail(label, describeError(error));
        }
      }
    } finally {
      device.close();
    }
  } catch (error) {
    for (const { label } of plan.partitions) if (!results.has(label)) fail(label, describeError(error));
  }
  return plan.partitions.flatMap(({ label }) => results.get(label) ?? []);
}

/** Bytewise, so that a folder comes before what is in it. */
function comparePaths(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function findDisk(sys: Sys, plan: DiskPlan, around: Surroundings): Candidate {
  const seconds = (): number => sys.clockGettime(CLOCK_MONOTONIC) / 1e9;
  const last = seconds() + patienceSeconds;
  for (let isFirst = true; ; isFirst = false) {
    const isLast = seconds() >= last;
    const found = chooseDisk(plan, listCandidates(sys, plan, around.rootPartition), isLast);
    if (found !== undefined) return found;
    if (isLast) throw new Error('expected a disk, found none');
    if (isFirst) around.line('disk: waiting for the disk to appear');
    sys.nanosleep(lookEvery * 1e9);
    around.settle();
  }
}

/** Mounts a partition and lets its file system fill it: at first the seed is smaller, later the partition may have grown. */
function use(sys: Sys, device: string, { plan, size, isNew }: Placement, around: Surroundings): PartitionStatus {
  const { label, mount, filesystem } = plan;
  const what = `${label} ${isNew ? 'made on' : 'is'} ${device}, ${sizeText(size)}`;
  const status: PartitionStatus = { label, state: isNew ? 'made' : 'present', device, bytes: size };
  if (filesystem === undefined || mount === undefined) {
    around.line(`disk: ${what}`);
    return status;
  }
  around.mount(device, plan);
  around.line(`disk: ${what}, mounted on ${mount.path}`);
  if (!mount.options.includes('ro'))
    fill(sys, device, mount.path, size, (text) => around.warn(`disk: ${label}: ${text}`));
  return { ...status, mount: mount.path };
}

function fill(sys: Sys, device: string, path: string, size: number, warn: (text: string) => void): void {
  const node = sys.openat(AT_FDCWD, device, O_RDONLY | O_CLOEXEC, 0);
  try {
    const state = readSuperblock(readAt(sys, node, superblockOffset, superblockSize));
    if (state === undefined) return;
    if (state.hasErrors) warn(`its file system has errors: run e2fsck on ${device} from a rescue system`);
    const blocks = Math.floor(size / state.blockSize);
    if (blocks <= state.blocks) return;
    const folder = sys.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    try {
      growTo(sys, folder, blocks);
    } finally {
      sys.close(folder);
    }
  } catch (error) {
    warn(`its file system does not grow to ${sizeText(size)}: ${describeError(error)}`);
  } finally {
    sys.close(node);
  }
}

function randomBytes(sys: Sys, length: number): Uint8Array {
  const fd = sys.openat(AT_FDCWD, '/dev/urandom', O_RDONLY | O_CLOEXEC, 0);
  try {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) done += sys.read(fd, bytes.subarray(done));
    return bytes;
  } finally {
    sys.close(fd);
  }
}
