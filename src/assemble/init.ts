// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { requireMachine } from '../elf-machine.ts';
import { TskitError } from '../errors.ts';
import { type Bytes, bytesOf, type FileTree, type LazyTree } from '../file-tree.ts';
import type { Platform } from '../oci/types.ts';
import { directory, inlineFile } from '../inodes.ts';
import { hashOf, keyOf } from './key.ts';

/** Whose /init boots: `auto` takes an init image's where one brings it, else ours. */
export type InitChoice = 'auto' | 'tskit' | 'image';

/** The path that the kernel runs from an initramfs (Documentation/filesystems/ramfs-rootfs-initramfs.rst). */
export const initPath: Bytes = bytesOf('init');

/**
 * The target binary: two levels up from the code, which is in src/assemble/ in a checkout and in dist/cli/ once
 * bundled.
 */
const binaryPath = fileURLToPath(new URL('../../dist/init', import.meta.url));

/**
 * Our /init, alone in a tree. Throws `not-found` when it was not built, `platform` when it was for another
 * architecture.
 */
export function ownInit(platform: Platform, epoch: number, path: string = binaryPath): LazyTree {
  const binary = readBinary(path);
  const hint = 'use the image of another init with --init image, or build for the architecture of this machine';
  requireMachine(binary, platform, "embedding tskit's init", path, hint);
  const tree: FileTree = new Map([
    [bytesOf(''), directory(epoch)],
    [initPath, inlineFile(epoch, binary, 0o755)],
  ]);
  return { key: keyOf('init', hashOf(binary), epoch), label: "tskit's init", load: () => Promise.resolve(tree) };
}

function readBinary(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new TskitError('not-found', `embedding tskit's init: expected the target binary "${path}", found ${found}`, {
      hint: 'run `make build` in the checkout, or install the tskit package again',
      cause: error,
    });
  }
}
