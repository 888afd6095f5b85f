// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { Rootfs } from '../rootfs.ts';
import { type BootFiles, makeBootFiles, type RootKind } from './boot-files.ts';
import { decideRoot } from './root-kind.ts';

/**
 * Boot files for all formats of one build, made when the first one asks: once for each place that the system is kept at. What is
 * decided for formats that can do both is told once.
 */
export function sharedBootFiles(rootfs: Rootfs, ctx: BuildContext): (root: RootKind | 'either') => Promise<BootFiles> {
  const made = new Map<RootKind, Promise<BootFiles>>();
  let decision: Promise<RootKind> | undefined;

  async function decide(): Promise<RootKind> {
    const { kind, reason } = await decideRoot(rootfs, ctx);
    if (rootfs.root.type === 'auto') ctx.reporter.note(`root: ${kind}, ${reason}`);
    return kind;
  }

  return async (root) => {
    const kind = root === 'either' ? await (decision ??= decide()) : root;
    const files = made.get(kind) ?? makeBootFiles(rootfs, kind, ctx);
    made.set(kind, files);
    return await files;
  };
}
