// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { type Content, contentSize } from '../file-tree.ts';
import type { Rootfs } from '../rootfs.ts';
import { type Initrd, loadKernel, makeInitrd, paddedMicrocode } from './initrd.ts';
import type { RootImage } from './root-image.ts';

/** Where the system lies once it runs: unpacked into memory, or in a read-only root image on a disk. */
export type RootKind = 'initramfs' | 'erofs';

/** What a boot loader or a machine monitor is given, and what it has to find on a disk. */
export interface BootFiles {
  /** Absent when the spec names none. */
  readonly kernel?: Content;
  /** CPU microcode, not compressed: the kernel wants it first in what it is given as initrd (`wholeInitrd`). */
  readonly ucode?: Content;
  /** Without the microcode: the whole system, or with `root` the few files that find it. */
  readonly initrd: Initrd;
  /** Complete: what the spec says, and how the root is found. Nothing has to be added. */
  readonly cmdline: string;
  /** The partition that the system is on; absent when the initrd has all of it. */
  readonly root?: RootImage;
}

/** What an emitter writes. */
export interface BootableSystem {
  readonly rootfs: Rootfs;
  /** Made when the first format asks, and shared by all that keep the system at the same place. */
  bootFiles(): Promise<BootFiles>;
  /** Bytes that a disk is to have at least (--size). */
  readonly size?: number;
}

/**
 * Makes what boots, with the system in the initrd.
 * @throws TskitError `format` for what an initramfs cannot hold, `store`, and what loading the trees throws.
 */
export async function makeBootFiles(rootfs: Rootfs, ctx: BuildContext): Promise<BootFiles> {
  const ucode = await rootfs.ucode?.load();
  const initrd = await makeInitrd(rootfs, ucode, ctx);
  const kernel = await loadKernel(rootfs, ctx.reporter);
  return { ...(kernel && { kernel }), ...(ucode && { ucode }), initrd, cmdline: rootfs.cmdline };
}

/** What goes into memory as the initrd: the microcode, then the initrd itself. */
export function wholeInitrd({ ucode, initrd }: BootFiles): Initrd {
  if (ucode === undefined) return initrd;
  const before = paddedMicrocode(ucode);
  return {
    size: before.reduce((sum, content) => sum + contentSize(content), initrd.size),
    parts: [...before, ...initrd.parts],
  };
}

/** The kernel, for a format that is nothing without one. Throws TskitError `spec` when the spec names none. */
export function kernelOf({ kernel }: BootFiles, format: string): Content {
  if (kernel !== undefined) return kernel;
  throw new TskitError('spec', `format "${format}": expected a kernel to boot, found none in the spec`, {
    hint: 'name a kernel image under `kernel:`, or write kernel+initrd or tar, which can do without',
  });
}
