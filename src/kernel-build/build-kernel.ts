// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { keepAtExit, removeAtExit } from '../at-exit.ts';
import type { BuildContext } from '../context.ts';
import type { LockedPackage } from '../lock.ts';
import { acquireLock } from '../oci/file-lock.ts';
import type { Store } from '../oci/store.ts';
import type { Descriptor, Platform } from '../oci/types.ts';
import { openArchives, verifyArchive } from '../packages/archives.ts';
import { aptFolder, fetchPackages } from '../packages/pin.ts';
import { kernelArchitecture } from './architecture.ts';
import { namedFiles } from './named-files.ts';
import { compile } from './compile.ts';
import { configure } from './configure.ts';
import type { RequestedOption } from './fragments.ts';
import { writeKernelImage } from './kernel-image.ts';
import type { Tree } from './make.ts';
import { type ModuleKey, moduleKeyLink, settleModuleKey } from './module-key.ts';
import { writeOrderedPahole } from './ordered-pahole.ts';
import { kernelSbom } from './sbom.ts';
import { requireToolchain, type Toolchain } from './toolchain.ts';
import { type KernelSource, unpackSource } from './unpack.ts';

/** Raised whenever the same input makes another kernel or image. */
const builderVersion = 2;

/** What a kernel is built of. */
export interface KernelRequest {
  readonly series: string;
  /** The package linux-source-SERIES, exactly. */
  readonly source: LockedPackage;
  readonly options: ReadonlyMap<string, RequestedOption>;
  readonly platform: Platform;
  /** How many compilers run at once; as many as there are processors when absent. */
  readonly jobs?: number;
}

export interface BuiltKernel {
  readonly manifest: Descriptor;
  /** "6.12.118-tskit" */
  readonly release: string;
  /** SHA-256 in hex over everything that went in. */
  readonly key: string;
  readonly isCached: boolean;
}

/**
 * Builds a kernel, or finds it in the store:
 *  1. make sure that this machine has what it takes, before anything is downloaded
 *  2. fetch the source package, verified by apt's signed lists and by its pin
 *  3. unpack it into a folder of the cache that goes when the work ends, however that is
 *  4. configure, and make sure that every option came out as asked
 *  5. compile, at low priority
 *  6. one image into the store, under the hash of everything that went in
 * The same input gives the same bytes, wherever and by whomever. Throws `not-found`, `package`, `network`, `lock`, `digest` or `store`.
 */
export async function buildKernel(request: KernelRequest, ctx: BuildContext, store: Store): Promise<BuiltKernel> {
  const { settled, toolchain } = await prepare(request);
  const { options, moduleKey } = settled;
  const signedBy = moduleKey === undefined ? [] : [moduleKey.certificateHash];
  const key = keyOf(settled, toolchain, ctx.epoch, [...(await namedFiles(options)), ...signedBy]);
  const known = storedKernel(store, key);
  if (known !== undefined) return known;
  // Who builds the same waits, and then finds it.
  using _lock = await acquireLock(store.temporaryPath(`kernel-${key.slice(0, 32)}.lock`), { signal: ctx.signal });
  return storedKernel(store, key) ?? (await buildAnew(settled, key, toolchain, ctx, store));
}

/** A request whose options name the key for modules as the source tree has it. */
interface SettledRequest extends KernelRequest {
  readonly moduleKey?: ModuleKey;
}

async function prepare(
  request: KernelRequest,
): Promise<{ readonly settled: SettledRequest; readonly toolchain: Toolchain }> {
  const { options, key } = await settleModuleKey(request.options);
  const toolchain = await requireToolchain(kernelArchitecture(request.platform), options);
  return { settled: { ...request, options, ...(key !== undefined && { moduleKey: key }) }, toolchain };
}

async function buildAnew(
  request: SettledRequest,
  key: string,
  toolchain: Toolchain,
  ctx: BuildContext,
  store: Store,
): Promise<BuiltKernel> {
  const { source: pin, platform } = request;
  return await inSourceTree(request, toolchain, ctx, store, async (tree, source, scratch) => {
    const config = await configure(tree, request.options, ctx);
    const kernel = await compile(tree, config, scratch, request.jobs, ctx);
    const configHash = createHash('sha256')
      .update(await readFile(kernel.config))
      .digest('hex');
    const sbom = kernelSbom({ release: kernel.release, source: pin, toolchain, configHash, epoch: ctx.epoch });
    const texts = { sbom, copyright: source.copyright };
    const manifest = await writeKernelImage(kernel, texts, platform, scratch, ctx.epoch, store);
    await store.tag(storeName(key), manifest);
    return { manifest, release: kernel.release, key, isCached: false };
  });
}

/** The finished configuration of a kernel, as text, without compiling it. Throws what {@link buildKernel} does. */
export async function configureKernel(request: KernelRequest, ctx: BuildContext, store: Store): Promise<string> {
  const { settled, toolchain } = await prepare(request);
  return await inSourceTree(settled, toolchain, ctx, store, async (tree) => {
    await configure(tree, settled.options, ctx);
    return await readFile(`${tree.folder}/.config`, 'utf8');
  });
}

async function inSourceTree<T>(
  { source: pin, platform, series, options, moduleKey }: SettledRequest,
  toolchain: Toolchain,
  ctx: BuildContext,
  store: Store,
  act: (tree: Tree, source: KernelSource, scratch: string) => Promise<T>,
): Promise<T> {
  const architecture = kernelArchitecture(platform);
  await fetchPackages([pin], platform, ctx, series);
  const archive = await verifyArchive(await openArchives(aptFolder(ctx.cache)), pin);
  const scratch = store.temporaryPath(`kernel-${randomUUID()}`);
  await mkdir(scratch);
  removeAtExit(scratch);
  try {
    const task = ctx.reporter.task(`unpacking ${pin.name} ${pin.version}`);
    const source = await unpackSource(archive, pin.name, architecture, scratch, ctx).finally(() => task.done());
    if (moduleKey !== undefined) await symlink(moduleKey.file, join(source.folder, moduleKeyLink));
    const hasTypes = options.get('CONFIG_DEBUG_INFO_BTF')?.value === 'y';
    const pahole = hasTypes ? { pahole: await writeOrderedPahole(source.folder) } : {};
    return await act({ folder: source.folder, architecture, toolchain, ...pahole }, source, scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
    keepAtExit(scratch);
  }
}

/** Everything that decides on the bytes of the image. */
export function keyOf(
  request: KernelRequest,
  toolchain: Omit<Toolchain, 'prefix'>,
  epoch: number,
  files: readonly string[] = [],
): string {
  const options = [...request.options.values()].map(({ option, value }) => [option, value]);
  const { architecture, variant } = request.platform;
  const parts = [
    builderVersion,
    request.source.sha256,
    options,
    toolchain.compiler,
    toolchain.linker,
    toolchain.others,
    architecture,
    variant,
    epoch,
    ...files,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** A stored kernel with all its blobs; `cache clean` may have left only part of it. */
function storedKernel(store: Store, key: string): BuiltKernel | undefined {
  const manifest = store.lookup(storeName(key));
  if (manifest === undefined || !store.hasBlob(manifest)) return undefined;
  const { config, layers } = store.readManifest(manifest.digest);
  if (![config, ...layers].every((blob) => store.hasBlob(blob))) return undefined;
  const release = store.readConfig(config.digest).config?.Labels?.['org.opencontainers.image.version'] ?? '';
  return { manifest, release, key, isCached: true };
}

/** The reference under which the store keeps a kernel, in the characters that OCI tools take. */
function storeName(key: string): string {
  return `kernel@${key.slice(0, 32)}`;
}
