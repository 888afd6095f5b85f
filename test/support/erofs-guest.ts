// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { cpioEntries, encodeCpio } from '../../src/archive/cpio.ts';
import { addParents, inlineFile } from '../../src/inodes.ts';
import { type Bytes, bytesOf, type FileTree, type Inode } from '../../src/file-tree.ts';
import { debianKernel } from './debian-kernel.ts';

/** What Debian's kernel sees in a file system image. */
export interface GuestView {
  /** A tar of all of it, as GNU tar in the guest made it. */
  readonly tar: string;
  /** Of each path ("./usr/bin"), as stat(2) has it. */
  readonly stats: ReadonlyMap<string, { readonly links: number; readonly number: string }>;
  /** What the commands printed. */
  readonly output: string;
}

const marker = '== guest: ';

/** Modules by what mount(8) takes. */
const modules = { erofs: 'erofs', squashfs: 'squashfs', iso9660: 'isofs' } as const;

/**
 * Boots Debian's kernel with busybox and GNU tar, mounts an image on /mnt, one of EROFS unless given, and looks at it. The tar leaves `exclude` out;
 * `commands` are run last, by busybox's shell, where $b is busybox. Throws with the console when something in the guest failed.
 */
export async function viewInGuest(
  image: string,
  folder: string,
  tarSize: number,
  commands = '',
  exclude = '',
  type: keyof typeof modules = 'erofs',
): Promise<GuestView> {
  const { root, release } = await debianKernel(folder);
  const initrd = join(folder, 'guest.cpio');
  const tree = guestTree(
    modulesFor(['virtio_pci', 'virtio_blk', modules[type]], root, release),
    script(commands, exclude, type),
  );
  const archive = encodeCpio(cpioEntries(tree, '' as Bytes), { epoch: 0, label: 'guest' });
  writeFileSync(initrd, Buffer.concat(Array.from(archive, (chunk) => Buffer.from(chunk))));
  const disks = {
    tar: join(folder, 'guest.tar'),
    stats: join(folder, 'guest.stats'),
    output: join(folder, 'guest.output'),
  };
  const drives = [`file=${image},readonly=on`];
  for (const disk of Object.values(disks)) {
    writeFileSync(disk, '');
    truncateSync(disk, disk === disks.tar ? tarSize : 4 << 20);
    drives.push(`file=${disk}`);
  }
  const kernel = join(root, `boot/vmlinuz-${release}`);
  const { stdout } = await execa({
    timeout: 240_000,
    stdin: 'ignore',
  })`qemu-system-x86_64 -accel tcg -m 512 -nographic -no-reboot -net none -kernel ${kernel} -initrd ${initrd} -append ${'console=ttyS0 quiet panic=-1'} ${drives.flatMap((drive) => ['-drive', `${drive},if=virtio,format=raw`])}`;
  if (!stdout.includes(`${marker}done`)) throw new Error(`the guest did not come to its end:\n${stdout}`);
  const texts = [disks.stats, disks.output].map((file) => readFileSync(file, 'latin1').replace(/\0+$/, ''));
  const lines = (texts[0] ?? '').split('\n').filter((line) => line !== '');
  const stats = lines.map((line) => {
    const [links = '', number = '', ...path] = line.split(' ');
    return [path.join(' '), { links: Number(links), number }] as const;
  });
  return { tar: disks.tar, stats: new Map(stats), output: texts[1] ?? '' };
}

/** Files of modules with what they need, in the order of loading. Those of the kernel itself have none. */
function modulesFor(names: readonly string[], root: string, release: string): readonly string[] {
  execFileSync('depmod', ['-b', root, release]);
  const files = names.flatMap((name) =>
    execFileSync('modprobe', ['-d', root, '-S', release, '--show-depends', name], { encoding: 'utf8' })
      .split('\n')
      .flatMap((line) => /^insmod (\S+)/.exec(line)?.[1] ?? []),
  );
  return [...new Set(files)];
}

function guestTree(moduleFiles: readonly string[], init: string): FileTree {
  const tree = new Map<Bytes, Inode>();
  const add = (path: string, data: string | Buffer): void => {
    const at = bytesOf(path.replace(/^\//, ''));
    addParents(tree, at, 0);
    tree.set(at, inlineFile(0, data, 0o755));
  };
  const tar = '/bin/tar';
  const libraries = execFileSync('ldd', [tar], { encoding: 'utf8' }).matchAll(/(\/\S+) \(/g);
  for (const file of [tar, ...[...libraries].map(([, path = '']) => path)]) add(file, readFileSync(file));
  add('/bin/busybox', readFileSync('/bin/busybox'));
  moduleFiles.forEach((module, index) => add(`/modules/${String(index).padStart(2, '0')}`, readFileSync(module)));
  add('/init', init);
  for (const path of ['dev', 'mnt', 'proc', 'sys'].map(bytesOf)) {
    tree.set(path, { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0 });
  }
  return tree;
}

function script(commands: string, exclude: string, type: string): string {
  return `#!/bin/busybox sh
run() { "$@" || { echo "${marker}failed: $*"; /bin/busybox poweroff -f; }; }
b=/bin/busybox
run $b mount -t devtmpfs dev /dev
run $b mount -t proc proc /proc
# Of several modules for one thing only those that suit the processor load.
for module in /modules/*; do $b insmod $module 2>/dev/null; done
run $b mount -t ${type} -o ro /dev/vda /mnt
cd /mnt
run /bin/tar --xattrs --xattrs-include='*' --numeric-owner --format=pax --sort=name ${exclude === '' ? '' : `--exclude='${exclude}' `}-cf /dev/vdb .
run $b find . -exec $b stat -c '%h %i %n' {} + >/dev/vdc
(${commands === '' ? ':' : commands}) >/dev/vdd 2>&1
run $b umount -l /mnt
$b sync
echo "${marker}done"
$b poweroff -f
`;
}
