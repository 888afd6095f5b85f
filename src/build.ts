// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { InitChoice } from './assemble/init.ts';
import { assemble } from './assemble/rootfs.ts';
import { checkSigning } from './check-signing.ts';
import type { BuildContext } from './context.ts';
import { checkKernel, checkRoot } from './emit/check-formats.ts';
import { emit } from './emit/emit.ts';
import { flatten, type FlattenedSpec } from './flatten.ts';
import type { Lock } from './lock.ts';
import type { Platform } from './oci/types.ts';
import { pull } from './pull.ts';
import { resolve } from './resolve.ts';
import type { Rootfs } from './rootfs.ts';
import type { SbomOptions, SystemWithSbom } from './sbom/output.ts';
import { diskSizeBytes } from './spec/disk-size.ts';
import { type ParseOptions, parseSpecs } from './spec/parse.ts';
import type { SpecSource } from './spec/read-source.ts';
import type { Spec } from './spec/types.ts';

/** What a build is of, and where its artifacts go. */
export interface BuildOptions {
  /** The texts of the spec, merged in their order, and how they are read. */
  readonly sources: readonly SpecSource[];
  readonly parsing?: ParseOptions;
  readonly platform: Platform;
  /** What tskit.lock pins, when there is one. */
  readonly lock?: Lock;
  readonly init: InitChoice;
  /** Writes the kernel that is inside the kernel image's file. */
  readonly decompressKernel?: boolean;
  /** Names of emit/formats.ts. */
  readonly formats: readonly string[];
  /** Folder of the artifacts, and what their names begin with. */
  readonly dir: string;
  readonly name: string;
  /** Of the only artifact instead of these: a path, or `-` for standard output. */
  readonly output?: string;
  /** The tar of an earlier build, which this one is compared with. */
  readonly inputTar?: string;
  /** Bytes that a disk is to have at least. */
  readonly size?: number;
  /** Absent when nobody asked for one. */
  readonly sbom?: SbomOptions;
}

/**
 * Builds an operating system from a spec and returns the paths of the files written. Each stage is a function from one
 * immutable value to the next; the network is used by resolve and pull only, and nothing is written outside the cache
 * before emit.
 */
export async function buildSpec(options: BuildOptions, ctx: BuildContext): Promise<readonly string[]> {
  const spec = parseSpecs(options.sources, options.parsing);
  checkRoot(spec.root, options.formats);
  checkKernel(spec, options.formats);
  await checkSigning(spec, options.formats, ctx.signal);
  const resolved = await resolve(spec, options.platform, ctx, options.lock);
  const pulled = await pull(resolved, ctx);
  const flattened = flatten(pulled, ctx);
  const rootfs = await assemble(flattened, options, ctx);
  const system =
    options.sbom === undefined ? { rootfs } : await described(options.sbom, options, flattened, rootfs, ctx);
  return await emit(system.rootfs, { ...withSize(options, spec), ...(system.file && { beside: system.file }) }, ctx);
}

/** Loaded only for those who ask. */
async function described(
  sbom: SbomOptions,
  { name }: BuildOptions,
  flattened: FlattenedSpec,
  rootfs: Rootfs,
  ctx: BuildContext,
): Promise<SystemWithSbom> {
  const { withSbom } = await import('./sbom/output.ts');
  return await withSbom(name, flattened, rootfs, sbom, ctx);
}

/** What the command line says counts more than `disk.size` of the spec. */
function withSize(options: BuildOptions, { disk }: Spec): BuildOptions {
  const size = options.size ?? diskSizeBytes(disk?.size ?? '');
  return size === undefined ? options : { ...options, size };
}
