// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { formatBytes } from '../amounts.ts';
import { cpioEntries } from '../archive/cpio.ts';
import type { BuildContext } from '../context.ts';
import { remember } from '../facts.ts';
import type { PrefixedTree, Rootfs } from '../rootfs.ts';
import type { RootKind } from './boot-files.ts';
import { wholeSystem } from './initrd.ts';
import { memoryUse } from './memory.ts';

/**
 * Bytes from which on, unpacked, `root: auto` takes EROFS. By bench/root-boot.ts both boot equally fast somewhat above it, where unpacking
 * takes as long as finding a disk and a second init, and a root in memory already takes twice the memory; below it there is little to
 * save, and a system in one piece is the simpler one.
 */
export const erofsFrom = 64_000_000;

/** A choice, and why it was made, in words that follow "root: erofs, ". */
export interface RootDecision {
  readonly kind: RootKind;
  readonly reason: string;
}

/** Where the root of a system lies in formats that have a disk. What has to be read of unknown trees is remembered in the cache. */
export async function decideRoot(rootfs: Rootfs, ctx: BuildContext): Promise<RootDecision> {
  const { type } = rootfs.root;
  if (type !== 'auto') return { kind: type, reason: 'as the spec says' };
  const missing = await rootfs.finder.missingModules('erofs');
  if (missing.length > 0) return { kind: 'initramfs', reason: `since the kernel has no ${missing.join(', ')}` };
  const size = await unpackedSize(wholeSystem(rootfs), ctx);
  const [kind, than]: [RootKind, string] = size < erofsFrom ? ['initramfs', 'less'] : ['erofs', 'not less'];
  return { kind, reason: `since ${formatBytes(size)} unpacked are ${than} than ${formatBytes(erofsFrom)}` };
}

async function unpackedSize(trees: readonly PrefixedTree[], ctx: BuildContext): Promise<number> {
  let size = 0;
  for (const { prefix, tree } of trees) {
    const key = createHash('sha256')
      .update(JSON.stringify(['unpacked size', tree.key]))
      .digest('hex');
    size += await remember(ctx.cache, key, isSize, async () => memoryUse(cpioEntries(await tree.load(), prefix)).bytes);
  }
  return size;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
