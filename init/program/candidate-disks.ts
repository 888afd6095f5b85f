// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Which disks of a machine may be formatted, and what is on those that may not.

import { listDisks } from '../boot/block-devices.ts';
import { isBlank } from '../disk/blank.ts';
import { type BlockDevice, openDevice } from '../disk/block-device.ts';
import { errnoOf, isPresent, listFolder, readTextIfPresent } from '../files.ts';
import type { Sys } from '../sys.ts';
import { type BlockNode, linuxPartitionsOf, listNodes, lookAt } from './block-nodes.ts';
import { firstStart, isUnfinished, type TableKind } from './partition-table.ts';

/** In memory, made of others, or something that is taken out: never meant unless it is named. */
const others = /^(dm-|fd|loop|md|mmcblk.*(boot|rpmb)|mtdblock|nbd|ram|sr|zram)/;
const smallest = 4 * 1024 ** 2;
/** What others make on a partition after this: it was a file system at first. */
const containers: ReadonlySet<string> = new Set(['crypto_LUKS', 'swap', 'LVM2_member', 'linux_raid_member']);

/** Whole disks that may be chosen, by name. */
export function eligible(sys: Sys): readonly BlockNode[] {
  const whole = new Set(listFolder(sys, '/sys/block'));
  return listNodes(sys).filter(
    ({ name, path }) =>
      whole.has(name) &&
      !others.test(name) &&
      (readTextIfPresent(sys, `/sys/block/${name}/ro`) ?? '1').trim() === '0' &&
      isPresent(sys, path),
  );
}

/** "ext4", "dos", or that it is unknown; for a message. */
export function contentOn(sys: Sys, node: BlockNode): string {
  const type = lookAt(sys, node)?.type;
  return type ?? (ifReadable('', () => tableOn(sys, node)) || 'data that is unknown');
}

function ifReadable<T>(otherwise: T, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return otherwise;
  }
}

function tableOn(sys: Sys, node: BlockNode): string {
  return withDisk(sys, node, 'read', (device) => {
    const sector = device.read(0, device.sectorSize);
    if (sector[510] !== 0x55 || sector[511] !== 0xaa) return '';
    return [450, 466, 482, 498].some((at) => sector[at] === 0xee) ? 'gpt' : 'dos';
  });
}

/** Opens the disk for as long as `act` takes. */
export function withDisk<T>(
  sys: Sys,
  { name }: BlockNode,
  access: 'read' | 'write' | 'exclusive',
  act: (device: BlockDevice & { readonly fd: number }) => T,
): T {
  const device = openDevice(sys, name, access);
  try {
    return act(device);
  } finally {
    device.close();
  }
}

/** Whether power cut off what was made of it. */
export function isCutOff(sys: Sys, node: BlockNode): boolean {
  return ifReadable(false, () => withDisk(sys, node, 'read', isUnfinished));
}

/** Whether nothing would be lost: blank, or left before it was finished. What cannot be read is not known to be so. */
export function isFree(sys: Sys, node: BlockNode): boolean {
  return ifReadable(false, () =>
    withDisk(sys, node, 'read', (device) => isUnfinished(device) || (node.size >= smallest && isBlank(device))),
  );
}

/**
 * "/dev/vda, whose one partition has …", of a disk as an earlier boot has made it without a label; undefined of others. What was made on its
 * partition since then, such as encryption, is no reason to make another.
 */
export function describeMade(
  sys: Sys,
  { type, table }: { readonly type: string; readonly table: TableKind | undefined },
  node: BlockNode,
): string | undefined {
  const disk = listDisks(sys).find(({ name }) => name === node.name);
  const [only, second] = disk?.partitions ?? [];
  if (disk === undefined || only?.offset !== firstStart || second !== undefined) return undefined;
  // Its file system may be whole or not: it is begun anew.
  if (isCutOff(sys, node)) return undefined;
  if (ifReadable([], () => linuxPartitionsOf(sys, disk)).length === 0) return undefined;
  if (table !== undefined && ifReadable('', () => tableOn(sys, node)) !== table) return undefined;
  const content = lookAt(sys, { ...only, path: only.node });
  const isOther = content !== undefined && (content.type !== type || content.label !== undefined);
  if (isOther && !containers.has(content.type)) return undefined;
  return `${node.path}, whose one partition has ${content?.type ?? 'nothing that is known'} and no label on it`;
}
