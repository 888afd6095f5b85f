// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execa } from 'execa';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageLayer } from '../support/layer-image.ts';
import { rawTar } from '../support/raw-tar.ts';
import { type Destination, layersOf, pushImage } from './stand-in.ts';

/** Pushes Debian's cloud kernel under the names of other kernel images, each with the files that specs ask for in it. */
export async function pushKernels(
  kernels: ReadonlyMap<string, ReadonlySet<string>>,
  cache: string,
  destination: Destination,
): Promise<void> {
  const layers = layersOf(join(cache, 'oci'), (name) => name.startsWith('pkg:kernel@'));
  const fewer = await fewerModules(layers, destination.folder);
  const ucode = await microcode(destination.folder);
  for (const [reference, files] of kernels) {
    const more = [...files].filter((name) => name !== '' && name !== 'kernel');
    const entries = more.map((name) =>
      name.endsWith('.cpio') ? { name, data: ucode } : { name, typeflag: '2', link: 'kernel' },
    );
    await pushImage(reference, [fewer, { tar: rawTar(...entries) }], {}, destination);
  }
}

/** Drivers that no guest here has: without them a boot takes half of the time. */
const unneeded = [
  'drivers/net/ethernet',
  'drivers/infiniband',
  'drivers/scsi',
  'drivers/gpu',
  'drivers/md',
  'drivers/target',
  'drivers/hid',
  'drivers/iio',
  'drivers/media',
  'drivers/usb',
  'drivers/platform',
  'drivers/nvme',
  'sound',
  'net/sctp',
  'net/netfilter',
  'net/ceph',
  'fs/xfs',
  'fs/btrfs',
  'fs/nfs',
  'fs/nfsd',
  'fs/ceph',
  'fs/smb',
  'fs/ocfs2',
  'fs/gfs2',
  'fs/dlm',
  'fs/f2fs',
  'fs/jfs',
  'fs/ntfs3',
  'fs/udf',
];

/** The kernel, and its kernel.tar without those. */
async function fewerModules(layers: readonly ImageLayer[], folder: string): Promise<ImageLayer> {
  const root = join(folder, 'modules');
  mkdirSync(root);
  for (const [index, layer] of layers.entries()) {
    const file = join(folder, `layer-${index}.tar`);
    writeFileSync(file, layer.tar);
    await execa('tar', ['-C', root, '-xf', file]);
  }
  const patterns = unneeded.map((name) => `*/kernel/${name}/*`);
  // It complains of patterns that match nothing, having done the rest.
  await execa('tar', ['--delete', '-f', join(root, 'kernel.tar'), '--wildcards', ...patterns], { reject: false });
  const entries = ['kernel', 'kernel.tar'].map((name) => ({ name, data: readFileSync(join(root, name)) }));
  return { tar: rawTar(...entries) };
}

/** An archive as the kernel looks for microcode in it, of no processor. */
async function microcode(folder: string): Promise<Buffer> {
  const root = join(folder, 'ucode');
  mkdirSync(join(root, 'kernel/x86/microcode'), { recursive: true });
  writeFileSync(join(root, 'kernel/x86/microcode/GenuineIntel.bin'), 'none');
  const { stdout } = await execa('cpio', ['-o', '-H', 'newc', '--quiet'], {
    cwd: root,
    input: 'kernel/x86/microcode/GenuineIntel.bin\n',
    encoding: 'buffer',
  });
  return Buffer.from(stdout);
}
