// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createWriteStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { depmodFiles } from '../assemble/module-index.ts';
import { readModules } from '../assemble/modules.ts';
import { subtree } from '../assemble/subtree.ts';
import { ContentReader } from '../content.ts';
import { type Bytes, bytesOf, type Inode } from '../file-tree.ts';
import { addParents, directory, inlineFile } from '../inodes.ts';
import type { Store } from '../oci/store.ts';
import type { Descriptor, Platform } from '../oci/types.ts';
import { writeImage } from '../packages/image.ts';
import { writeTar } from '../packages/write-tar.ts';
import type { CompiledKernel } from './compile.ts';

/**
 * Puts a compiled kernel into the store as an image like LinuxKit's kernels: /kernel, /kernel.tar with /lib/modules (which without modules
 * says what is built in), /kernel.config and the same as /config, /System.map, /vmlinux, and the bill of materials.
 */
export async function writeKernelImage(
  kernel: CompiledKernel,
  texts: { readonly sbom: string; readonly copyright: string },
  platform: Platform,
  scratch: string,
  epoch: number,
  store: Store,
): Promise<Descriptor> {
  const tree = new Map<Bytes, Inode>([[bytesOf(''), directory(epoch)]]);
  const add = (path: string, inode: Inode): void => {
    addParents(tree, bytesOf(path), epoch);
    tree.set(bytesOf(path), inode);
  };
  const config = await fileInode(kernel.config, epoch);
  add('kernel', await fileInode(kernel.kernel, epoch));
  add('kernel.tar', await modulesTar(kernel, join(scratch, 'kernel.tar'), epoch));
  add('kernel.config', config);
  // A file of its own: a hard link cannot be taken out of the layer by itself.
  add('config', { ...config });
  add('System.map', await fileInode(kernel.systemMap, epoch));
  add('vmlinux', await fileInode(kernel.vmlinux, epoch));
  add('sbom.spdx.json', inlineFile(epoch, texts.sbom));
  add('usr/share/doc/linux/copyright', inlineFile(epoch, texts.copyright));
  const labels = {
    'org.opencontainers.image.title': 'linux',
    'org.opencontainers.image.version': kernel.release,
  };
  return await writeImage(store, tree, { labels }, kernel.release, platform, epoch);
}

async function fileInode(file: string, epoch: number): Promise<Inode> {
  const { size } = await stat(file);
  return { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: epoch, content: { kind: 'range', file, offset: 0, size } };
}

/**
 * With modules.dep and the like where there are modules, for systems that do not make an index of their own. The tar has no entries for the folders above its own, so that unpacking it into a root changes nothing there (/lib may be a link).
 */
async function modulesTar(kernel: CompiledKernel, file: string, epoch: number): Promise<Inode> {
  const tree = new Map<Bytes, Inode>();
  const walk = async (folder: string, path: string): Promise<void> => {
    tree.set(bytesOf(path), directory(epoch));
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const below = join(folder, entry.name);
      if (entry.isDirectory()) await walk(below, `${path}/${entry.name}`);
      else tree.set(bytesOf(`${path}/${entry.name}`), await fileInode(below, epoch));
    }
  };
  const folder = `lib/modules/${kernel.release}`;
  await walk(kernel.modules, folder);
  using reader = new ContentReader();
  const modules = readModules(subtree(tree, bytesOf(folder)), 'kernel.tar', reader);
  if (modules.length > 0) {
    for (const [name, text] of depmodFiles(modules)) tree.set(bytesOf(`${folder}/${name}`), inlineFile(epoch, text));
  }
  await pipeline(Readable.from(writeTar(tree, epoch)), createWriteStream(file));
  return await fileInode(file, epoch);
}
