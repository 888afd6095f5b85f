// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import { decompressKernel } from '../kernel/payload.ts';
import type { Artifacts } from './artifacts.ts';
import { type BootableSystem, type BootFiles, kernelOf, wholeInitrd } from './boot-files.ts';
import { append, appendAll } from './initrd.ts';

const suffixes = {
  kernel: '-vmlinux',
  initrd: '-firecracker-initrd.img',
  root: '-firecracker-root.img',
  configuration: '-firecracker.json',
} as const;

/**
 * What Firecracker's documentation gives every guest: it ends when the guest resets itself by way of the keyboard controller, and
 * has no PCI bus to look for.
 */
const machineOptions = 'reboot=k panic=1 pci=off';
/** For a root that stays on its disk. */
const diskRootMiB = 512;

/**
 * Writes what Firecracker boots: NAME-vmlinux, since it takes no compressed kernel, the initrd, the root image when the system is in one, and
 * NAME-firecracker.json for `firecracker --no-api --config-file`, which names the others in the folder that it is started in.
 * @throws TskitError `spec` without a kernel, `format` for one that cannot be decompressed, `io`, `store`, and what making boot
 * files throws.
 */
export async function emitFirecracker(system: BootableSystem, artifacts: Artifacts, ctx: BuildContext): Promise<void> {
  const files = await system.bootFiles();
  const packed = kernelOf(files, 'firecracker');
  const kernel = await decompressKernel(packed, 'the kernel', ctx, {
    by: '--format firecracker',
    hint: 'Firecracker starts a vmlinux only: use a kernel image whose kernel can be decompressed, such as `pkg:kernel`',
  });
  await artifacts.write(suffixes.kernel, (sink) => append(sink, kernel, ctx));
  const initrd = wholeInitrd(files);
  if (initrd !== undefined) await artifacts.write(suffixes.initrd, (sink) => appendAll(sink, initrd.parts, ctx));
  const { root } = files;
  if (root !== undefined) {
    await artifacts.write(suffixes.root, (sink) => sink.copyFrom(root.file, 0, root.size, ctx.signal));
  }
  const configuration = `${JSON.stringify(configurationOf(files, artifacts), undefined, 2)}\n`;
  await artifacts.write(suffixes.configuration, (sink) => sink.write(Buffer.from(configuration)));
}

/** As `firecracker --config-file` reads it (docs/getting-started.md of Firecracker 1.7 and later). */
function configurationOf({ cmdline, root, initrd }: BootFiles, artifacts: Artifacts): unknown {
  return {
    'boot-source': {
      kernel_image_path: artifacts.nameOf(suffixes.kernel),
      ...(initrd && { initrd_path: artifacts.nameOf(suffixes.initrd) }),
      // In front: what follows a "--" is arguments of the init that the kernel starts.
      boot_args: [machineOptions, cmdline].filter((part) => part !== '').join(' '),
    },
    drives:
      root === undefined
        ? []
        : [
            {
              drive_id: 'root',
              path_on_host: artifacts.nameOf(suffixes.root),
              // Firecracker's `root=/dev/vda` is not wanted: the initrd finds the root, or the command line has it verified.
              is_root_device: false,
              is_read_only: true,
            },
          ],
    'machine-config': {
      vcpu_count: 1,
      mem_size_mib: root === undefined && initrd !== undefined ? even(initrd.memoryMiB) : diskRootMiB,
    },
  };
}

/** Firecracker takes no odd number. */
function even(value: number): number {
  return value + (value % 2);
}
