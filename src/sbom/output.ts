// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { bytesOf, type FileTree, type LazyTree } from '../file-tree.ts';
import type { FlattenedSpec } from '../flatten.ts';
import { inlineFile } from '../inodes.ts';
import type { Rootfs } from '../rootfs.ts';
import { formatDocument } from './spdx.ts';

/** Where the SBOM of a system goes; nowhere when both are absent. */
export interface SbomOptions {
  /** A file of its own. */
  readonly file?: string;
  /** Name of a file in / of the system. */
  readonly inRoot?: string;
  /** Dated now, and so another one with each build. */
  readonly isCurrent?: boolean;
}

/** A system with its SBOM: the root that has it where that was asked for, and its text where it is a file of its own. */
export interface SystemWithSbom {
  readonly rootfs: Rootfs;
  readonly file?: { readonly path: string; readonly text: string };
}

/** Describes a system and puts that where it was asked for. Throws what loading its trees throws. */
export async function withSbom(
  name: string,
  flattened: FlattenedSpec,
  rootfs: Rootfs,
  { file, inRoot, isCurrent }: SbomOptions,
  ctx: BuildContext,
): Promise<SystemWithSbom> {
  const { systemDocument } = await import('./system.ts');
  const created = isCurrent === true ? Math.floor(Date.now() / 1000) : ctx.epoch;
  if (inRoot !== undefined) await requireFree(rootfs, inRoot);
  const text = formatDocument(await systemDocument(name, flattened, rootfs, created, ctx));
  return {
    rootfs: inRoot === undefined ? rootfs : withFile(rootfs, inRoot, text, ctx.epoch),
    ...(file !== undefined && { file: { path: file, text } }),
  };
}

/** What is unpacked later would win: PID 1, or a folder that the system lives in, would be gone. */
async function requireFree({ init, trees }: Rootfs, name: string): Promise<void> {
  const path = bytesOf(name);
  const isTaken = async ({ prefix, tree }: { readonly prefix: string; readonly tree: LazyTree }): Promise<boolean> =>
    prefix === '' ? (await tree.load()).has(path) : prefix === path || prefix.startsWith(`${path}/`);
  for (const placed of [...(init === undefined ? [] : [{ prefix: '', tree: init }]), ...trees]) {
    if (!(await isTaken(placed))) continue;
    throw new TskitError(
      'usage',
      `build: --sbom-output: expected a name that the root does not have yet, found "${name}"`,
    );
  }
}

/** Before the last tree, which has the boot plan and ends what is unpacked. */
function withFile(rootfs: Rootfs, name: string, text: string, epoch: number): Rootfs {
  const tree: FileTree = new Map([[bytesOf(name), inlineFile(epoch, text)]]);
  const lazy: LazyTree = { key: `sbom ${name} ${epoch} ${text}`, label: 'SBOM', load: () => Promise.resolve(tree) };
  const placed = { prefix: bytesOf(''), tree: lazy, attributionOf: () => rootfs.attributions.own };
  return { ...rootfs, trees: [...rootfs.trees.slice(0, -1), placed, ...rootfs.trees.slice(-1)] };
}
