// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Rootfs } from '../rootfs.ts';
import { type BootFiles, makeBootFiles, type RootKind } from './boot-files.ts';
import { decideInitrd, type RootName } from './kernel-root.ts';
import { decideRoot } from './root-kind.ts';

/**
 * Boot files for all formats of one build, made when the first one asks: once for each place that the system is kept at, with and
 * without an initrd. What is decided for several formats is told once.
 */
export function sharedBootFiles(
  rootfs: Rootfs,
  ctx: BuildContext,
): (root: RootKind | 'either', name?: RootName) => Promise<BootFiles> {
  const made = new Map<string, Promise<BootFiles>>();
  const told = new Set<string>();
  let decision: Promise<RootKind> | undefined;

  async function decide(): Promise<RootKind> {
    const { kind, reason } = await decideRoot(rootfs, ctx);
    if (rootfs.root.type === 'auto') ctx.reporter.note(`root: ${kind}, ${reason}`);
    return kind;
  }

  /** What the kernel knows the root by where there is no initrd. */
  async function nameForKernel(kind: RootKind, name: RootName): Promise<RootName | undefined> {
    if (kind !== 'erofs') return undefined;
    const { isNeeded, reason } = await decideInitrd(rootfs, name);
    const text = isNeeded ? `root: with an initrd, ${reason}` : `root: without an initrd, ${reason}`;
    // That there is one needs a word only where the spec wants none.
    if ((!isNeeded || rootfs.root.initrd === false) && !told.has(text)) ctx.reporter.note(text);
    told.add(text);
    return isNeeded ? undefined : name;
  }

  return async (root, name = 'partition') => {
    const kind = root === 'either' ? await (decision ??= decide()) : root;
    const byKernel = await nameForKernel(kind, name);
    const key = `${kind} ${byKernel === 'machine-disk' ? 'disk' : byKernel}`;
    const files = made.get(key) ?? makeBootFiles(rootfs, kind, ctx, byKernel);
    made.set(key, files);
    return await files;
  };
}
