// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { dirname } from 'node:path';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { bytesOf, type Inode, textOf } from '../file-tree.ts';
import type { FlattenedImage, FlattenedSpec } from '../flatten.ts';
import { isSignal } from '../spec/signals.ts';
import type { Spec } from '../spec/types.ts';
import type { PlacedTree, Rootfs } from '../rootfs.ts';
import { foldersOfServices } from './bound-folders.ts';
import { type Bundle, type BundleContext, imagePath, makeBundle } from './bundle.ts';
import { type Bundles, bundleTree } from './bundle-tree.ts';
import { unmeantControl } from './control-reach.ts';
import { planDependencies } from './dependencies.ts';
import { diskPlan, mountPoints, seedTree } from './disk-plan.ts';
import { readFiles } from './files.ts';
import { planHealth } from './health-plans.ts';
import { withoutEffect } from './foreign-init.ts';
import { allocateIds } from './ids.ts';
import { filteredImage } from './image-filter.ts';
import { type InitChoice, initPath, ownInit } from './init.ts';
import { directory } from '../inodes.ts';
import { decompressedKernel, kernelOf } from './kernel.ts';
import { type Attributions, attributionsOf } from './attribution.ts';
import { planFolder } from './reserved.ts';
import { checkKernelNeeds, refuseMissing } from './check-kernel.ts';
import { kernelNeeds } from './kernel-needs.ts';
import { withMountPoints } from './mount-points.ts';
import { moduleChoice } from './module-choice.ts';
import { summariseModules } from './module-report.ts';
import { rootChoiceOf, rootFinder } from './root-finder.ts';
import { makeRoot, type Root } from './root-tree.ts';
import { readSeccompProfiles } from './seccomp.ts';
import type { SpecFile } from './spec-file.ts';
import { type Section, sections } from './settings.ts';
import { type Container, findUsers } from './users.ts';
import { planVolumes, type Volume } from './volumes.ts';
import { signingOf } from './signing.ts';
import { missingWatchdog, watchdogPlan } from './watchdog-plan.ts';

/** What is not the spec's to say. */
export interface AssemblyOptions {
  readonly init: InitChoice;
  readonly decompressKernel?: boolean;
  /** A kernel without what the system needs is no error: somebody is to be told of it. */
  readonly mayLackOptions?: boolean;
}

/**
 * Turns images and spec into a whole operating system, in the order in which it is written:
 *   1. tskit's own /init, unless an image's is to boot,
 *   2. each container's and volume's image tree, once, at /containers/images/<digest>, the layouts that volumes hold, and what
 *      file systems of new partitions start with,
 *   3. / itself: init images, kernel modules, files,
 *   4. the containers' bundles, the volumes' folders and the boot plan.
 * Every tree's key is computed from digests, settings and the hashes of the spec's files: no tree is loaded, except
 * once for an unknown set of init images and kernel (facts.ts).
 */
export async function assemble(flattened: FlattenedSpec, options: AssemblyOptions, ctx: BuildContext): Promise<Rootfs> {
  const { spec, platform } = flattened;
  const listed = containers(flattened);
  const volumes = planVolumes(flattened);
  const health = await planHealth(spec, listed, ctx);
  const context = {
    ...(await bundleContext(flattened)),
    users: await findUsers(listed, ctx, spec.origin),
    health,
    dependencies: planDependencies(spec, listed, health),
  };
  const { ids, disk } = context;
  const bundles = await makeBundles(listed, volumes, context, spec.watchdog, ctx);
  tellWarnings(bundles, ctx);
  noteUnusedVolumes(bundles, ctx);
  const attributions = attributionsOf(flattened);
  warnOfStopSignals(flattened, ctx);
  const files = [...(await readFiles(spec, ids, ctx)), ...(disk === undefined ? [] : mountPoints(disk, ctx.epoch))];
  const kernel = spec.kernel && kernelOf(spec.kernel, imageOf(flattened, spec.kernel.image), ctx);
  const root = await makeRoot(
    {
      init: spec.init.map((reference) => imageOf(flattened, reference)),
      modules: kernel?.modules,
      files,
      attributions,
    },
    ctx,
  );
  const ours = embedsOurs(root, options.init, spec, bundles, ctx);
  if (ours) {
    const unmeant = unmeantControl(bundles.services);
    if (unmeant !== undefined) ctx.reporter.warn(unmeant);
    checkNoInitFile(files);
    warnOfScripts(files, ctx);
  }
  const needs = kernelNeeds(flattened, bundles, ours);
  const choice = moduleChoice(spec, bundles, needs, ours);
  const modules = await summariseModules(root, choice, spec, ctx);
  const kernelCheck =
    kernel && (await checkKernelNeeds(needs, kernel, modules !== undefined && choice.kind !== 'none', ctx));
  if (kernelCheck !== undefined && options.mayLackOptions !== true)
    refuseMissing(kernelCheck, spec.kernel?.image ?? '');
  return {
    ...(ours ? { init: ownInit(platform, ctx.epoch) } : {}),
    trees: [
      ...imageTrees(flattened, bundles.volumes, attributions, ctx.epoch),
      ...layoutTrees(bundles.volumes, attributions),
      ...(disk === undefined ? [] : await seedTree(disk, attributions, ctx)),
      ...root.trees(!ours, choice),
      {
        prefix: bytesOf(''),
        tree: bundleTree(bundles, etcOf(files, ctx.epoch), ctx.epoch),
        attributionOf: attributions.ofInode,
      },
    ],
    ...(kernel === undefined
      ? {}
      : { kernel: options.decompressKernel === true ? decompressedKernel(kernel.binary, ctx) : kernel.binary }),
    cmdline: inOneLine(spec.kernel?.cmdline ?? ''),
    root: rootChoiceOf(spec.root),
    ...(modules && { modules }),
    ...(kernelCheck && { kernelCheck }),
    finder: rootFinder(root, choice.kind !== 'none', kernel?.options, platform, ctx.epoch),
    ...(kernel && { kernelOptions: kernel.options }),
    ...signingOf(spec),
    ...(kernel?.ucode === undefined ? {} : { ucode: kernel.ucode }),
    attributions,
  };
}

/** The plan of a disk, as far as the spec has one with partitions. */
function diskOf({ disk }: Spec): Pick<BundleContext, 'disk'> {
  const plan = disk && diskPlan(disk);
  return plan === undefined ? {} : { disk: plan };
}

/** What is looked up for each entry of a spec, by the entry. */
export type LookedUp = 'users' | 'health' | 'dependencies';

/** What makeBundle needs beside an entry, its image and what is looked up for it. Throws `io` for a seccomp profile that cannot be read. */
export async function bundleContext(flattened: FlattenedSpec): Promise<Omit<BundleContext, LookedUp>> {
  const { spec, platform } = flattened;
  return {
    ids: allocateIds(spec),
    platform,
    profiles: await readSeccompProfiles(spec),
    volumes: planVolumes(flattened),
    folders: foldersOfServices(containers(flattened), spec.origin),
    origin: spec.origin,
    ...(spec.secrets && { secrets: spec.secrets }),
    ...diskOf(spec),
  };
}

function imageOf(flattened: FlattenedSpec, reference: string): FlattenedImage {
  const image = flattened.images.get(reference);
  if (image === undefined) throw new Error(`image "${reference}" of the spec was not flattened`);
  return image;
}

function containers(flattened: FlattenedSpec): readonly Container[] {
  return sections.flatMap((section) =>
    flattened.spec[section].map((entry, index) => ({ section, index, entry, image: imageOf(flattened, entry.image) })),
  );
}

async function makeBundles(
  listed: readonly Container[],
  volumes: ReadonlyMap<string, Volume>,
  context: BundleContext,
  watchdog: Spec['watchdog'],
  ctx: BuildContext,
): Promise<Bundles> {
  const bundles: Record<Section, Bundle[]> = { onboot: [], onshutdown: [], services: [] };
  for (const { section, index, entry, image } of listed) {
    const bundle = makeBundle(section, index, entry, image, context);
    bundles[section].push(await withMountPoints(bundle, image, ctx));
  }
  return {
    ...bundles,
    volumes: [...volumes.values()],
    ...(watchdog && { watchdog: watchdogPlan(watchdog) }),
    ...(context.disk && { disk: context.disk }),
  };
}

function tellWarnings(bundles: Bundles, ctx: BuildContext): void {
  for (const section of sections)
    for (const { plan, warnings } of bundles[section])
      for (const text of warnings) ctx.reporter.warn(`${section} "${plan.name}": ${text}`);
  const useless = missingWatchdog(bundles);
  if (useless !== undefined) ctx.reporter.warn(useless);
}

/** One tree for each digest, in order of first use: two references may name the same image. */
function imageTrees(
  flattened: FlattenedSpec,
  volumes: readonly Volume[],
  attributions: Attributions,
  epoch: number,
): readonly PlacedTree[] {
  const images = [
    ...containers(flattened).map(({ image }) => image),
    ...volumes.flatMap(({ content }) => (content.kind === 'image' ? [content.image] : [])),
  ];
  return [...new Map(images.map((image) => [image.digest, image])).values()].map((image) => ({
    prefix: bytesOf(imagePath(image.digest).slice(1)),
    tree: filteredImage(image.tree, epoch),
    attributionOf: () => attributions.ofImage(image.digest),
  }));
}

function layoutTrees(volumes: readonly Volume[], attributions: Attributions): readonly PlacedTree[] {
  return volumes.flatMap(({ folder, content }, index) => {
    if (content.kind !== 'layout') return [];
    const attribution = attributions.ofVolume(index);
    return [{ prefix: bytesOf(`${folder.slice(1)}/lower`), tree: content.tree, attributionOf: () => attribution }];
  });
}

function noteUnusedVolumes(bundles: Bundles, ctx: BuildContext): void {
  const used = new Set(
    [...bundles.onboot, ...bundles.onshutdown, ...bundles.services].flatMap(({ plan }) => plan.volumes ?? []),
  );
  for (const { plan } of bundles.volumes) {
    if (!used.has(plan.name)) ctx.reporter.note(`volume "${plan.name}": no container uses it`);
  }
}

/** Says what boots; throws when an image's /init is demanded and there is none. */
function embedsOurs(root: Root, choice: InitChoice, spec: Spec, bundles: Bundles, ctx: BuildContext): boolean {
  if (choice === 'tskit') return true;
  if (root.initImage === undefined) {
    if (choice === 'auto') return true;
    throw new TskitError('not-found', '--init image: expected an image under init: that brings /init, found none', {
      hint: "leave --init out to boot tskit's own",
    });
  }
  const { reference } = root.initImage;
  ctx.reporter.note(
    `init: image "${reference}" brings /init, which boots. tskit's own (--init tskit) would report an onboot entry that ` +
      'fails or stop the boot there, watch the services and shut down in order',
  );
  for (const text of withoutEffect(spec, bundles)) ctx.reporter.warn(text);
  return false;
}

function checkNoInitFile(files: readonly SpecFile[]): void {
  if (!files.some(({ path }) => path === initPath)) return;
  throw new TskitError('spec', 'files: "/init" would replace tskit\'s own init', {
    hint: 'bring another init in an image under init:, or leave the file out',
  });
}

/** What LinuxKit's init and its shutdown run; ours runs containers only. */
const scripts = /^etc\/(init|shutdown)\.d\/./;

function warnOfScripts(files: readonly SpecFile[], ctx: BuildContext): void {
  for (const { path } of files)
    if (scripts.test(path))
      ctx.reporter.warn(
        `files: "/${textOf(path)}" will not be run: tskit's init runs no scripts; make it an onboot or onshutdown entry`,
      );
}

/** A signal that does not exist would silently be SIGTERM at shutdown. */
function warnOfStopSignals(flattened: FlattenedSpec, ctx: BuildContext): void {
  for (const { reference, config } of new Set(containers(flattened).map(({ image }) => image))) {
    const signal = config.config?.StopSignal;
    if (!signal || isSignal(signal)) continue;
    ctx.reporter.warn(
      `image "${reference}": STOPSIGNAL: expected a signal such as "SIGQUIT", found "${signal}"; SIGTERM is used`,
    );
  }
}

/**
 * /etc as the root will have it, unless an image gives it another mode: the boot plan below it makes it be written once
 * more.
 */
function etcOf(files: readonly SpecFile[], epoch: number): Inode {
  const etc = dirname(planFolder);
  const named = files.findLast(
    ({ path, inode, yields }) => path === etc && inode.type === 'directory' && yields !== true,
  );
  if (named === undefined) return directory(epoch);
  const { from: _, ...inode } = named.inode;
  return inode;
}

/** A command line of several lines: to the kernel all white space is the same, boot loaders read one line. */
function inOneLine(text: string): string {
  return text.replace(/[\n\r]+$/, '').replaceAll(/[\n\r]+/g, ' ');
}
