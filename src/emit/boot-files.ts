// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { rootOption, verityActionOption, verityOption } from '../../init/contract/paths.ts';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { type Content, contentSize } from '../file-tree.ts';
import type { RootFileSystem, Rootfs, Signing } from '../rootfs.ts';
import { type Initrd, loadKernel, makeInitrd, paddedMicrocode, wholeSystem } from './initrd.ts';
import { kernelRootOptions, type RootName } from './kernel-root.ts';
import { type RootImage, writeRootImage } from './root-image.ts';

/** Where the system lies once it runs: unpacked into memory, or in a read-only root image on a disk. */
export type RootKind = 'initramfs' | 'erofs';

/** What a boot loader or a machine monitor is given, and what it has to find on a disk. */
export interface BootFiles {
  /** Absent when the spec names none. */
  readonly kernel?: Content;
  /** CPU microcode, not compressed: the kernel wants it first in what it is given as initrd (`wholeInitrd`). */
  readonly ucode?: Content;
  /** Without the microcode: the whole system, or with `root` the few files that find it. Absent where the kernel mounts the root itself. */
  readonly initrd?: Initrd;
  /** Complete: what the spec says, and how the root is found. Nothing has to be added. */
  readonly cmdline: string;
  /** The partition that the system is on; absent when the initrd has all of it. */
  readonly root?: RootImage;
  /** Who signs what firmware starts. */
  readonly signing?: Signing;
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
 * Makes what boots, with the system at one place or the other. `byKernel` is what the kernel knows a root image by that it is to mount
 * itself; absent when there is an initrd.
 * @throws TskitError `format` for what an initramfs, a root image or a command line cannot hold, `spec` for a kernel that cannot read one, `store`, and
 * what loading the trees throws.
 */
export async function makeBootFiles(
  rootfs: Rootfs,
  kind: RootKind,
  ctx: BuildContext,
  byKernel?: RootName,
): Promise<BootFiles> {
  const ucode = await rootfs.ucode?.load();
  const root = kind === 'erofs' ? await makeRootImage(rootfs, ctx) : undefined;
  const trees = root === undefined ? wholeSystem(rootfs) : rootfs.finder.trees('erofs');
  const initrd = byKernel === undefined ? await makeInitrd(trees, ucode, ctx) : undefined;
  const kernel = await loadKernel(rootfs, ctx.reporter);
  return {
    ...(kernel && { kernel }),
    ...(ucode && { ucode }),
    ...(initrd && { initrd }),
    cmdline: root === undefined ? withOptions([], rootfs.cmdline) : rootCommandLine(rootfs, root, byKernel),
    ...(root && { root }),
    ...(rootfs.signing && { signing: rootfs.signing }),
  };
}

/**
 * What boots where a format keeps the root as a whole disk of its own kind, found by its UUID and not verified.
 * @throws TskitError `spec` for a kernel that cannot read it, `store`, and what loading the trees throws.
 */
export async function makeFinderFiles(
  rootfs: Rootfs,
  { fileSystem, uuid }: { readonly fileSystem: RootFileSystem; readonly uuid: string },
  ctx: BuildContext,
): Promise<BootFiles> {
  await checkRootModules(rootfs, fileSystem);
  const ucode = await rootfs.ucode?.load();
  const initrd = await makeInitrd(rootfs.finder.trees(fileSystem), ucode, ctx);
  const kernel = await loadKernel(rootfs, ctx.reporter);
  const cmdline = withOptions([`${rootOption}=UUID=${uuid}`], rootfs.cmdline);
  return { ...(kernel && { kernel }), ...(ucode && { ucode }), initrd, cmdline };
}

async function makeRootImage(rootfs: Rootfs, ctx: BuildContext): Promise<RootImage> {
  await checkRootModules(rootfs, 'erofs');
  return await writeRootImage(rootfs, ctx);
}

/**
 * Checks that the kernel can read a root of this kind.
 * @throws TskitError `spec` for one that cannot.
 */
export async function checkRootModules(rootfs: Rootfs, fileSystem: RootFileSystem): Promise<void> {
  const missing = await rootfs.finder.missingModules(fileSystem);
  if (missing.length === 0) return;
  const names = missing.map((name) => `"${name}"`).join(', ');
  const what = { erofs: 'an EROFS', squashfs: 'a SquashFS', iso9660: 'an ISO 9660' }[fileSystem];
  throw new TskitError('spec', `root: expected a kernel that can read ${what} root, found one without ${names}`, {
    hint: 'use a kernel that has them compiled in or as modules, or say `root: initramfs`',
  });
}

/** The options of init first: what follows a "--" is arguments of the init that the kernel starts. */
function rootCommandLine(rootfs: Rootfs, root: RootImage, byKernel: RootName | undefined): string {
  const { cmdline, root: choice } = rootfs;
  if (byKernel !== undefined) return withOptions(kernelRootOptions(rootfs, root, byKernel), cmdline);
  const options = [
    `${rootOption}=PARTUUID=${root.partUuid},UUID=${root.fsUuid}`,
    ...(choice.verity ? [`${verityOption}=${root.rootHash}`] : []),
    ...(choice.verity && choice.onCorruption !== 'panic' ? [`${verityActionOption}=${choice.onCorruption}`] : []),
  ];
  return withOptions(options, cmdline);
}

function withOptions(options: readonly string[], cmdline: string): string {
  return checkedLength([...options, ...(cmdline === '' ? [] : [cmdline])].join(' '));
}

/** COMMAND_LINE_SIZE of x86 and arm64 is 2048 with the final zero; the kernel cuts what is longer and says nothing. */
export const maxCommandLine = 2047;

function checkedLength(cmdline: string): string {
  const length = Buffer.byteLength(cmdline);
  if (length <= maxCommandLine) return cmdline;
  throw new TskitError(
    'format',
    `the kernel's command line: expected at most ${maxCommandLine} bytes, found ${length} with what says where the root is`,
    { hint: 'shorten `kernel.cmdline`; what is for programs can be in `files`' },
  );
}

/** The same for a format that has an initrd in any case. */
export function initrdOf(files: BootFiles): Initrd {
  const initrd = wholeInitrd(files);
  if (initrd === undefined) throw new Error('boot files without an initrd, where one was asked for');
  return initrd;
}

/** What goes into memory as the initrd: the microcode, then the initrd itself. Undefined where the kernel mounts the root itself. */
export function wholeInitrd({ ucode, initrd }: BootFiles): Initrd | undefined {
  if (ucode === undefined || initrd === undefined) return initrd;
  const before = paddedMicrocode(ucode);
  return {
    ...initrd,
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
