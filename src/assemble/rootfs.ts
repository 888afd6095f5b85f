// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { constants } from 'node:os';
import { dirname } from 'node:path';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { bytesOf, type Inode } from '../file-tree.ts';
import type { FlattenedImage, FlattenedSpec } from '../flatten.ts';
import type { PlacedTree, Rootfs } from '../rootfs.ts';
import type { ImageSpec } from '../spec/types.ts';
import { type Bundle, type BundleContext, imagePath, makeBundle, type Section } from './bundle.ts';
import { type Bundles, bundleTree } from './bundle-tree.ts';
import { readFiles, type SpecFile } from './files.ts';
import { allocateIds } from './ids.ts';
import { filteredImage } from './image-filter.ts';
import { type InitChoice, initPath, ownInit } from './init.ts';
import { directory } from '../inodes.ts';
import { kernelOf } from './kernel.ts';
import { planFolder } from './reserved.ts';
import { makeRoot, type Root } from './root-tree.ts';
import { readSeccompProfiles } from './seccomp.ts';

/**
 * Turns images and spec into a whole operating system, in the order in which it is written:
 *   1. tskit's own /init, unless an image's is to boot,
 *   2. each container image's tree, once, at /containers/images/<digest>,
 *   3. / itself: init images, kernel modules, files,
 *   4. the containers' bundles and the boot plan.
 * Every tree's key is computed from digests, settings and the hashes of the spec's files: no tree is loaded, except
 * once for an unknown set of init images and kernel (assemble/facts.ts).
 */
export async function assemble(
  flattened: FlattenedSpec,
  options: { readonly init: InitChoice },
  ctx: BuildContext,
): Promise<Rootfs> {
  const { spec, platform } = flattened;
  const context = await bundleContext(flattened);
  const { ids } = context;
  const bundles = makeBundles(flattened, context);
  noteIgnoredUsers(flattened, ctx);
  warnOfStopSignals(flattened, ctx);
  const files = await readFiles(spec, ids, ctx);
  const kernel = spec.kernel && kernelOf(spec.kernel, imageOf(flattened, spec.kernel.image), ctx);
  const root = await makeRoot(
    { init: spec.init.map((reference) => imageOf(flattened, reference)), modules: kernel?.modules, files },
    ctx,
  );
  const ours = embedsOurs(root, options.init, bundles, ctx);
  if (ours) checkNoInitFile(files);
  return {
    ...(ours ? { init: ownInit(platform, ctx.epoch) } : {}),
    trees: [
      ...imageTrees(flattened, ctx.epoch),
      ...root.trees(!ours),
      { prefix: bytesOf(''), tree: bundleTree(bundles, etcOf(files, ctx.epoch), ctx.epoch) },
    ],
    ...(kernel === undefined ? {} : { kernel: kernel.binary }),
    cmdline: spec.kernel?.cmdline ?? '',
    ...(kernel?.ucode === undefined ? {} : { ucode: kernel.ucode }),
  };
}

/** What makeBundle needs beside an entry and its image. Throws `io` for a seccomp profile that cannot be read. */
export async function bundleContext({ spec, platform }: FlattenedSpec): Promise<BundleContext> {
  return { ids: allocateIds(spec), platform, profiles: await readSeccompProfiles(spec) };
}

function imageOf(flattened: FlattenedSpec, reference: string): FlattenedImage {
  const image = flattened.images.get(reference);
  if (image === undefined) throw new Error(`image "${reference}" of the spec was not flattened`);
  return image;
}

function makeBundles(flattened: FlattenedSpec, context: BundleContext): Bundles {
  const section = (name: Section): readonly Bundle[] =>
    flattened.spec[name].map((entry, index) =>
      makeBundle(name, index, entry, imageOf(flattened, entry.image), context),
    );
  return { onboot: section('onboot'), onshutdown: section('onshutdown'), services: section('services') };
}

function containers(flattened: FlattenedSpec): readonly ImageSpec[] {
  const { onboot, onshutdown, services } = flattened.spec;
  return [...onboot, ...onshutdown, ...services];
}

/** One tree for each digest, in order of first use: two references may name the same image. */
function imageTrees(flattened: FlattenedSpec, epoch: number): readonly PlacedTree[] {
  const images = containers(flattened).map((entry) => imageOf(flattened, entry.image));
  return [...new Map(images.map((image) => [image.digest, image])).values()].map((image) => ({
    prefix: bytesOf(imagePath(image.digest).slice(1)),
    tree: filteredImage(image.tree, epoch),
  }));
}

/** Says what boots; throws when an image's /init is demanded and there is none. */
function embedsOurs(root: Root, choice: InitChoice, bundles: Bundles, ctx: BuildContext): boolean {
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
  const halting = bundles.onboot.find((bundle) => bundle.plan.onFailure === 'halt');
  if (halting !== undefined) {
    ctx.reporter.warn(`onboot "${halting.plan.name}": on_failure: halt has no effect with the /init of an image`);
  }
  return false;
}

function checkNoInitFile(files: readonly SpecFile[]): void {
  if (!files.some(({ path }) => path === initPath)) return;
  throw new TskitError('spec', 'files: "/init" would replace tskit\'s own init', {
    hint: 'bring another init in an image under init:, or leave the file out',
  });
}

/** LinuxKit's meaning: containers run as root unless the spec or the label says otherwise. */
function noteIgnoredUsers(flattened: FlattenedSpec, ctx: BuildContext): void {
  const entries = containers(flattened).filter((entry) => entry.uid === undefined);
  for (const reference of new Set(entries.map((entry) => entry.image))) {
    const user = imageOf(flattened, reference).config.config?.User;
    if (!user || ['0', 'root', '0:0', 'root:root'].includes(user)) continue;
    ctx.reporter.note(
      `image "${reference}": its USER "${user}" is ignored, as LinuxKit does; set uid and gid to use it`,
    );
  }
}

/** A signal that does not exist would silently be SIGTERM at shutdown. */
function warnOfStopSignals(flattened: FlattenedSpec, ctx: BuildContext): void {
  for (const reference of new Set(containers(flattened).map((entry) => entry.image))) {
    const signal = imageOf(flattened, reference).config.config?.StopSignal;
    if (!signal || isSignal(signal)) continue;
    ctx.reporter.warn(
      `image "${reference}": STOPSIGNAL: expected a signal such as "SIGQUIT", found "${signal}"; SIGTERM is used`,
    );
  }
}

/** As Docker's STOPSIGNAL writes it: "SIGQUIT", "QUIT", "3", "SIGRTMIN+3". */
function isSignal(text: string): boolean {
  const upper = text.toUpperCase();
  if (/^(SIG)?RT(MIN|MAX)([+-]\d{1,2})?$/.test(upper)) return true;
  if (/^\d+$/.test(upper)) return Number(upper) >= 1 && Number(upper) <= 64;
  return Object.hasOwn(constants.signals, upper.startsWith('SIG') ? upper : `SIG${upper}`);
}

/**
 * /etc as the root will have it, unless an image gives it another mode: the boot plan below it makes it be written once
 * more.
 */
function etcOf(files: readonly SpecFile[], epoch: number): Inode {
  const etc = dirname(planFolder);
  const named = files.findLast(({ path, inode }) => path === etc && inode.type === 'directory');
  if (named === undefined) return directory(epoch);
  const { from: _, ...inode } = named.inode;
  return inode;
}
