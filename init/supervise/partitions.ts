// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { CommandLine } from '../boot/command-line.ts';
import type { Modules } from '../boot/modules.ts';
import { fillVar } from '../boot/mounts.ts';
import { prepareBundle } from '../container/bundle.ts';
import type { ContainerPlan } from '../contract/container-plan.ts';
import type { DiskPlan, PartitionPlan } from '../contract/disk-plan.ts';
import { rootOption } from '../contract/paths.ts';
import type { PartitionStatus } from '../contract/status.ts';
import type { Surroundings } from '../disk/set-up.ts';
import { isPresent, listFolder } from '../files.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID } from '../linux.ts';
import { quietly } from '../log/quietly.ts';
import type { Sys } from '../sys.ts';
import type { Console } from './console.ts';
import { loadFileSystems } from './file-systems.ts';

/** The unit init/units/disk.ts. */
type SetUpDisk = (sys: Sys, plan: DiskPlan, around: Surroundings) => readonly PartitionStatus[];

/** Makes and mounts the partitions of a disk; how each of them is. `settle` loads drivers of devices that have appeared. */
export function mountPartitions(
  sys: Sys,
  console: Console,
  modules: Modules | undefined,
  plan: DiskPlan,
  { commandLine, settle }: Pick<Surroundings, 'settle'> & { readonly commandLine: CommandLine },
): readonly PartitionStatus[] {
  const setUpDisk = sys.loadUnit('disk') as SetUpDisk;
  mountVariables(sys, modules);
  return setUpDisk(sys, plan, {
    rootPartition: rootPartitionOf(commandLine),
    settle,
    line: (text) => console.line(text),
    warn: (text) => console.warn(text),
    mount: (device, partition) => mountPartition(sys, modules, device, partition),
  });
}

const variables = '/sys/firmware/efi/efivars';

/** The firmware's variables, by which the disk is known that it started; their file system may be a module. */
function mountVariables(sys: Sys, modules: Modules | undefined): void {
  if (!isPresent(sys, variables) || listFolder(sys, variables).length > 0) return;
  modules?.loadByAlias('fs-efivarfs');
  quietly(() => sys.mount('efivarfs', variables, 'efivarfs', MS_NOSUID | MS_NODEV | MS_NOEXEC, null));
}

/** What the option says was checked when the root was mounted by it. */
function rootPartitionOf(commandLine: CommandLine): string | undefined {
  const option = commandLine.findLast(([key]) => key === rootOption)?.[1] ?? '';
  return /(?:^|,)partuuid=([^,]+)/.exec(option.toLowerCase())?.[1];
}

function mountPartition(
  sys: Sys,
  modules: Modules | undefined,
  source: string,
  { filesystem, mount }: PartitionPlan,
): void {
  if (filesystem === undefined || mount === undefined) return;
  const mounts = [{ destination: mount.path, type: filesystem, source, options: mount.options }];
  loadFileSystems(modules, mounts);
  prepareBundle(sys, '/', { mounts });
  if (mount.path === '/var') fillVar(sys);
}

/** Throws for a container that would find an empty folder in place of a partition, and write to memory what is to be kept. */
export function requirePartitions({ partitions = [] }: ContainerPlan, found: readonly PartitionStatus[]): void {
  for (const label of partitions) {
    const error = found.find((one) => one.label === label)?.error;
    if (error !== undefined) throw new Error(`partition ${label} is not there: ${error}`);
  }
}
