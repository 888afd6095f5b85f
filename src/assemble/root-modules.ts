// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { moduleListName } from '../../init/contract/paths.ts';
import { ContentReader, readContent } from '../content.ts';
import { directory, inlineFile, addParents } from '../inodes.ts';
import { type Bytes, bytesOf, type FileTree, type Inode } from '../file-tree.ts';
import type { RootFileSystem } from '../rootfs.ts';
import { erofsOptions } from './kernel-options.ts';
import { moduleIndex } from './module-index.ts';
import { readModules } from './modules.ts';

/**
 * What a root cannot be read without, none of which a device asks for: in the order in which they are loaded. SHA-256 by
 * instructions of the processor is several times as fast as the kernel's plain one, so that it comes first.
 */
export const rootModuleNames: Readonly<Record<RootFileSystem, readonly string[]>> = {
  erofs: ['sha256_ssse3', 'sha256_ce', 'sha2_ce', 'dm_mod', 'dm_verity', 'erofs'],
  squashfs: ['dm_mod', 'squashfs'],
  iso9660: ['dm_mod', 'isofs'],
};

/** Those of them without which it does not work at all. */
const indispensable: Readonly<Record<RootFileSystem, readonly string[]>> = {
  erofs: ['dm_mod', 'dm_verity', 'erofs'],
  squashfs: ['squashfs'],
  iso9660: ['isofs'],
};

/** The same as options of the kernel's configuration. */
export const indispensableOptions: Readonly<Record<RootFileSystem, readonly string[]>> = {
  erofs: ['CONFIG_BLK_DEV_DM', 'CONFIG_DM_VERITY', ...erofsOptions],
  squashfs: ['CONFIG_SQUASHFS'],
  iso9660: ['CONFIG_ISO9660_FS'],
};

/** Drivers of what a disk may be attached by, and of disks: of machine monitors, clouds and real machines. */
const diskDrivers: readonly string[] = [
  'virtio_blk virtio_scsi virtio_pci virtio_mmio nvme ahci ata_piix ata_generic',
  'sd_mod sr_mod usb_storage uas xhci_pci ehci_pci uhci_hcd ohci_pci',
  'hv_vmbus hv_storvsc pci_hyperv xen_blkfront xen_scsifront',
  'vmw_pvscsi mptspi mptsas mpt3sas megaraid_sas',
  'mmc_block sdhci_pci sdhci_acpi sdhci_iproc bcm2835 dw_mmc_pltfm vmd',
].flatMap((names) => names.split(' '));

const listLimit = 16 * 1024 * 1024;

interface Listed {
  /** '' for one that is compiled in. */
  readonly path: string;
  readonly before: readonly string[];
}

/**
 * The modules of one release that find and read a root image, with all that they need and an index of their own. `tree` is the
 * folder of the release, indexed, and `label` names it in errors.
 */
export function rootModules(tree: FileTree, fileSystem: RootFileSystem, label: string, epoch: number): FileTree {
  const listed = readList(tree);
  const chosen = new Set<string>();
  for (const name of [...rootModuleNames[fileSystem], ...diskDrivers]) {
    for (const each of [name, ...(listed.get(name)?.before ?? [])]) chosen.add(listed.get(each)?.path ?? '');
  }
  const kept = new Map<Bytes, Inode>();
  for (const path of chosen) {
    const inode = tree.get(bytesOf(path));
    if (inode?.type === 'file') kept.set(bytesOf(path), inode);
  }
  const order = tree.get(bytesOf('modules.order'));
  using reader = new ContentReader();
  const ordered: FileTree = order === undefined ? kept : new Map([...kept, [bytesOf('modules.order'), order]]);
  const result = new Map<Bytes, Inode>([[bytesOf(''), directory(epoch)]]);
  for (const [path, inode] of kept) add(result, path, inode, epoch);
  for (const [path, text] of moduleIndex(readModules(ordered, label, reader), [])) {
    add(result, bytesOf(path), inlineFile(epoch, text), epoch);
  }
  return result;
}

/** Names of the drivers of disks that the release has as modules. */
export function diskModules(tree: FileTree): readonly string[] {
  const listed = readList(tree);
  return diskDrivers.filter((name) => (listed.get(name)?.path ?? '') !== '');
}

/** Those of the indispensable ones that the release has not compiled in, nor as a module when there are to be `modules`. */
export function missingRootModules(tree: FileTree, fileSystem: RootFileSystem, modules: boolean): readonly string[] {
  const listed = readList(tree);
  return indispensable[fileSystem].filter((name) => {
    const found = listed.get(name);
    return found === undefined || (found.path !== '' && !modules);
  });
}

function add(tree: Map<Bytes, Inode>, path: Bytes, inode: Inode, epoch: number): void {
  addParents(tree, path, epoch);
  tree.set(path, inode);
}

/** Of init/contract/module-index.ts, ModuleRecord: by name. */
function readList(tree: FileTree): ReadonlyMap<string, Listed> {
  const list = tree.get(bytesOf(moduleListName));
  if (list?.type !== 'file') return new Map();
  const lines = readContent(list.content, listLimit).toString('latin1').trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const [name = '', path = '', before = ''] = line.split('\t');
      return [name, { path, before: before.split(' ').filter(Boolean) }] as const;
    }),
  );
}
