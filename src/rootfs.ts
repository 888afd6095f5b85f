// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Bytes, Content, Inode, LazyTree } from './file-tree.ts';
import type { CheckedNeed, KernelNeed } from './kernel/needs.ts';

/** What brought an entry, in the terms of LinuxKit's PAX records: it explains a root and is no part of what the root is. */
export interface Attribution {
  /** An image's whole reference, "linuxkit.files" for the spec's files, "tskit" for what the build makes of itself. */
  readonly source: string;
  /** Where the spec has it: "kernel", "init[0]", "services[1]", "files[3]". */
  readonly location: string;
}

/** A tree and where it goes: '' for the root itself. Only the tree at '' may write outside its prefix. */
export interface PrefixedTree {
  readonly prefix: Bytes;
  readonly tree: LazyTree;
}

/** The same, with what brought each inode of it. */
export interface PlacedTree extends PrefixedTree {
  readonly attributionOf: (inode: Inode) => Attribution;
}

/** A file that is extracted from an image only when an artifact needs it; equal keys mean equal bytes. */
export interface LazyFile {
  readonly key: string;
  readonly label: string;
  load(): Promise<Content>;
}

/** Where the spec wants the root to lie, completed. */
export interface RootChoice {
  readonly type: 'auto' | 'initramfs' | 'erofs';
  /** Of a root on a disk: whether an initrd finds it; `auto` only where the kernel cannot do that itself. */
  readonly initrd: 'auto' | boolean;
  /** Of an EROFS root: whether its blocks are verified, and what happens when one is not what was built. */
  readonly verity: boolean;
  readonly onCorruption: 'panic' | 'restart';
}

/** What a root on a disk may be: verified EROFS, or what LinuxKit's formats have. */
export type RootFileSystem = 'erofs' | 'squashfs' | 'iso9660';

/** What a small initrd is made of that finds a root on a disk. */
export interface RootFinder {
  /** Our own /init, whichever is in the root; modules of each kernel release; the plan. Read when they are asked for. */
  trees(fileSystem: RootFileSystem): readonly PrefixedTree[];
  /** Modules without which it cannot, which a kernel release does not have. */
  missingModules(fileSystem: RootFileSystem): Promise<readonly string[]>;
  /** Names of the drivers of disks that the kernel has as modules. */
  diskModules(): Promise<readonly string[]>;
}

/** How many modules the kernel has and the system takes, the bytes of their files, and why those, in words that follow a colon. */
export interface ModuleSummary {
  readonly all: { readonly count: number; readonly bytes: number };
  readonly kept: { readonly count: number; readonly bytes: number };
  readonly reason: string;
}

/** Of a kernel's configuration what was asked for: what it does not set is "n". */
export interface KernelOptions {
  /** Where it is: `"/kernel.config"`. */
  readonly source: string;
  readonly values: Readonly<Record<string, string>>;
}

/** What a system needs of its kernel, and what that says to it. */
export interface KernelCheck {
  /** Where its configuration is, in words; absent where the image has none, so that nothing is known. */
  readonly source?: string;
  readonly needs: readonly KernelNeed[];
  readonly checked: readonly CheckedNeed[];
}

/** A key in a file, or a command that has it: a token's, a cloud's. */
export type KeySource =
  | { readonly kind: 'file'; readonly path: string }
  /** Gets the bytes on standard input and prints the bare signature (RSA PKCS #1 v1.5, SHA-256). */
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly folder: string };

/** Who signs for Secure Boot. Paths are absolute. */
export interface Signing {
  readonly certificate: string;
  readonly key: KeySource;
  /** Firmware variables that hold the keys, for QEMU. */
  readonly variables?: string;
}

/**
 * A whole operating system, ready to be written in any format: the value that assemble makes and emit consumes.
 */
export interface Rootfs {
  /**
   * Our own /init, alone, when it is embedded: written before everything else, so that it is there to speak when the
   * kernel ran out of memory while unpacking the rest.
   */
  readonly init?: LazyTree;
  /** In order; image trees under their own prefix, the merged root tree, and last the small one with bundles and boot plan. */
  readonly trees: readonly PlacedTree[];
  readonly kernel?: LazyFile;
  readonly cmdline: string;
  /** CPU microcode as an uncompressed cpio, which the kernel wants first in the initrd. */
  readonly ucode?: LazyFile;
  readonly root: RootChoice;
  /** What of the kernel's modules is in it; absent where the kernel has none. */
  readonly modules?: ModuleSummary;
  /** What it needs of its kernel; absent without one. */
  readonly kernelCheck?: KernelCheck;
  readonly finder: RootFinder;
  /** Options of the kernel's configuration; undefined where its image has none, absent without a kernel. */
  readonly kernelOptions?: (names: readonly string[]) => Promise<KernelOptions | undefined>;
  /** Who signs what firmware starts; absent when nobody does. */
  readonly signing?: Signing;
  readonly attributions: {
    /** Of kernel, command line and microcode. */
    readonly kernel: Attribution;
    /** Of `init`, and of the folders above prefixes. */
    readonly own: Attribution;
  };
}
