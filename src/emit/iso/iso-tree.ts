// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFile } from 'node:fs/promises';
import { type IsoLayout, layOutIso, type PlacedFile } from '../../archive/iso9660/layout.ts';
import { isoSector } from '../../archive/iso9660/fields.ts';
import { descriptorSectors } from '../../archive/iso9660/volume.ts';
import { type Bytes, bytesOf, type Content, type Inode } from '../../file-tree.ts';
import { addParents, inlineFile } from '../../inodes.ts';
import { syslinuxConfig } from '../bios/syslinux-config.ts';
import { type BootFiles, initrdOf, kernelOf } from '../boot-files.ts';
import { biosDiscCode, biosDiscCore, biosDiscLoader } from '../tools.ts';

/** The file system of a disc that is laid out. */
export interface IsoFiles {
  readonly layout: IsoLayout;
  /** What fills each file. */
  contentsOf(inode: Inode): readonly Content[];
  /** The loader of the BIOS, when there is one, and the code that starts it when the disc is a disk. */
  readonly bios?: { readonly loader: PlacedFile; readonly bootCode: Buffer };
}

/**
 * Lays out the file system: for BIOS it has kernel, initrd and ISOLINUX, and nothing without.
 * @throws TskitError `spec` without a kernel, `format` for a command line that is too long.
 */
export async function isoFiles(files: BootFiles, forBios: boolean, epoch: number): Promise<IsoFiles> {
  const tree = new Map<Bytes, Inode>();
  addParents(tree, 'x' as Bytes, epoch);
  if (!forBios) return { layout: layOutIso(tree, descriptorSectors(true)), contentsOf: () => [] };
  const loader = inlineFile(epoch, await readFile(biosDiscLoader));
  const kernel = kernelOf(files, 'iso');
  const initrd = initrdOf(files);
  const paths = { kernel: '/boot/kernel', initrd: '/boot/initrd.img' };
  const entries: readonly (readonly [path: string, inode: Inode])[] = [
    ['isolinux/isolinux.bin', loader],
    ['isolinux/ldlinux.c32', inlineFile(epoch, await readFile(biosDiscCore))],
    ['isolinux/isolinux.cfg', inlineFile(epoch, syslinuxConfig({ ...paths, cmdline: files.cmdline }))],
    ['boot/kernel', fileOf(kernel, epoch)],
    ['boot/initrd.img', fileOf({ kind: 'range', file: '', offset: 0, size: initrd.size }, epoch)],
  ];
  for (const [path, inode] of entries) {
    addParents(tree, bytesOf(path), epoch);
    tree.set(bytesOf(path), inode);
  }
  const layout = layOutIso(tree, descriptorSectors(true));
  const placed = layout.files.find(({ inode }) => inode === loader);
  const initrdInode = tree.get(bytesOf('boot/initrd.img'));
  if (placed === undefined) throw new RangeError('a disc without its loader');
  const patched = withBootInformation(placed);
  return {
    layout,
    contentsOf: (inode) => {
      if (inode === initrdInode) return initrd.parts;
      if (inode === loader) return [{ kind: 'inline', data: patched }];
      return inode.type === 'file' ? [inode.content] : [];
    },
    bios: { loader: placed, bootCode: await diskBootCode(placed) },
  };
}

function fileOf(content: Content, mtime: number): Inode {
  return { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime, content };
}

/** Bytes 8 to 63 tell ISOLINUX where it lies (mkisofs(8), -boot-info-table): descriptor, itself, length, sum of the rest. */
function withBootInformation({ inode, sector, size }: PlacedFile): Buffer {
  const content = inode.type === 'file' && inode.content.kind === 'inline' ? inode.content.data : new Uint8Array();
  const loader = Buffer.from(content);
  const padded = Buffer.concat([loader, Buffer.alloc(-loader.length & 3)]);
  let sum = 0;
  for (let at = 64; at < padded.length; at += 4) sum = (sum + padded.readUInt32LE(at)) >>> 0;
  loader.fill(0, 8, 64);
  for (const [index, value] of [systemAreaSectors, sector, size, sum].entries()) {
    loader.writeUInt32LE(value, 8 + 4 * index);
  }
  return loader;
}

/** The first descriptor is behind 16 sectors. */
const systemAreaSectors = 16;

/** Behind the code is the address of the loader in sectors of 512 bytes (Syslinux, utils/isohybrid.c). */
async function diskBootCode({ sector }: PlacedFile): Promise<Buffer> {
  const code = Buffer.alloc(440);
  code.set(await readFile(biosDiscCode));
  code.writeUInt32LE((sector * isoSector) / 512, 432);
  return code;
}
