// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createReadStream, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import { hexOf } from '../oci/digest.ts';
import { readLayoutEntries } from '../oci/layout.ts';
import { parseManifest } from '../oci/manifest.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import type { Store } from '../oci/store.ts';
import type { Descriptor, Digest, Platform } from '../oci/types.ts';
import { buildahError } from './buildah-error.ts';
import { linuxkitPackage } from './linuxkit-package.ts';
import { runTool } from './tool.ts';

/** Two levels up from the code, which is in src/packages/ in a checkout and in dist/cli/ once bundled. */
const runtimeBinary = fileURLToPath(new URL('../../dist/init', import.meta.url));

const settingsLabel = 'org.mobyproject.config';
const tag = 'image';

/** What of a folder buildah is given. */
interface DockerBuild {
  readonly reference: string;
  readonly dockerfile: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly buildArgs: readonly string[];
  readonly network: boolean;
}

/**
 * Builds a folder with a Dockerfile, alone or as a LinuxKit package (build.yml), with buildah, and puts the image into the store under
 * its name: what a spec says for it then finds it. The result depends on what the Dockerfile does: it is not claimed to be
 * reproducible. Throws `package` without buildah and when it fails, `spec` for a mistake in build.yml, `store`.
 */
export async function buildDockerfile(
  folder: string,
  platform: Platform,
  ctx: BuildContext,
  store: Store,
  buildArgs: readonly string[],
): Promise<{ readonly reference: string; readonly manifest: Descriptor }> {
  const build = readBuild(folder, buildArgs);
  if ((await findProgram('buildah')) === undefined) {
    throw new TskitError('package', `building "${build.dockerfile}": expected buildah, found none in PATH`, {
      hint: 'run `apt-get install buildah`, or write a recipe.yml, which needs no builder (docs/packages.md)',
    });
  }
  const task = ctx.reporter.task(`building ${build.reference} with buildah`);
  const scratch = store.temporaryPath(`buildah-${randomUUID()}`);
  await mkdir(scratch);
  try {
    const layout = join(scratch, 'layout');
    const args = buildArguments(build, layout, platform, ctx);
    await runBuildah([...args, ...ownRuntime(scratch), folder], scratch, ctx, build);
    const manifest = await takeIn(layout, store, platform);
    await store.tag(build.reference, manifest);
    task.done();
    return { reference: build.reference, manifest };
  } catch (error) {
    task.fail();
    throw error;
  } finally {
    await removeScratch(scratch, ctx);
  }
}

function readBuild(folder: string, buildArgs: readonly string[]): DockerBuild {
  const buildYml = join(folder, 'build.yml');
  if (!existsSync(buildYml)) {
    const name = folder.replace(/^.*\//, '').toLowerCase();
    return {
      reference: formatReference(parseReference(`localhost/${name}`)),
      dockerfile: join(folder, 'Dockerfile'),
      labels: [],
      buildArgs,
      network: true,
    };
  }
  const { image, settings } = linuxkitPackage(readFileSync(buildYml, 'utf8'), buildYml);
  const dockerfile = join(folder, settings.dockerfile ?? 'Dockerfile');
  if (!existsSync(dockerfile)) {
    throw new TskitError('package', `building "${buildYml}": expected "${dockerfile}", found nothing`);
  }
  return {
    reference: formatReference(parseReference(image)),
    dockerfile,
    labels:
      settings.config === undefined || settings.config === null
        ? []
        : [[settingsLabel, JSON.stringify(settings.config)]],
    // Later ones count, as in LinuxKit.
    buildArgs: [...(settings.buildArgs ?? []), ...buildArgs],
    network: settings.network === true,
  };
}

function buildArguments(
  { dockerfile, labels, buildArgs, network }: DockerBuild,
  layout: string,
  { os, architecture }: Platform,
  { epoch, offline }: BuildContext,
): readonly string[] {
  return [
    'build',
    '--file',
    dockerfile,
    '--format',
    'oci',
    '--platform',
    `${os}/${architecture}`,
    '--timestamp',
    String(epoch),
    '--tls-verify=true',
    ...(network && !offline ? [] : ['--network', 'none']),
    ...(offline ? ['--pull=never'] : []),
    ...labels.flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ...buildArgs.flatMap((argument) => ['--build-arg', argument]),
    '--tag',
    `oci:${layout}:${tag}`,
  ];
}

/**
 * tskit's own runtime, so that RUN is what it is everywhere: in namespaces of its own, without a network where none is asked for. Its
 * binary has several names and is the runtime by this one.
 */
function ownRuntime(scratch: string): readonly string[] {
  // It is there for x86-64; elsewhere buildah takes the runtime that it finds.
  if (process.arch !== 'x64' || !existsSync(runtimeBinary)) return [];
  const path = join(scratch, 'tsrun');
  symlinkSync(runtimeBinary, path);
  return ['--runtime', path];
}

/** buildah with a state of its own: what others have built or pulled on this machine is no part of the result. */
async function runBuildah(
  args: readonly string[],
  scratch: string,
  ctx: BuildContext,
  { dockerfile }: DockerBuild,
): Promise<void> {
  const state = ['--root', join(scratch, 'root'), '--runroot', join(scratch, 'run'), '--storage-driver', 'vfs'];
  const { code, stderr, stdout } = await runTool('buildah', [...state, ...args], {
    signal: ctx.signal,
    env: { BUILDAH_ISOLATION: 'oci' },
  });
  if (code === 0) return;
  throw buildahError(`building "${dockerfile}"`, stdout.toString('utf8'), stderr, code);
}

/** Copies what buildah wrote, each blob hashed on the way. */
async function takeIn(layout: string, store: Store, platform: Platform): Promise<Descriptor> {
  const [entry] = readLayoutEntries(layout);
  if (entry === undefined) throw new TskitError('package', `reading "${layout}": expected an image, found none`);
  const fileOf = (digest: Digest): string => join(layout, 'blobs', 'sha256', hexOf(digest));
  const { config, layers } = parseManifest(readFileSync(fileOf(entry.digest)), `manifest ${entry.digest}`);
  for (const blob of [...layers, config, entry]) {
    const written = await store.writeBlob(createReadStream(fileOf(blob.digest)), blob.mediaType);
    if (written.digest === blob.digest) continue;
    throw new TskitError('digest', `reading what buildah wrote: expected ${blob.digest}, found ${written.digest}`);
  }
  const { mediaType, digest, size } = entry;
  return { mediaType, digest, size, platform };
}

/** Of a user without root, buildah's files have owners that only buildah can remove. */
async function removeScratch(scratch: string, ctx: BuildContext): Promise<void> {
  try {
    await rm(scratch, { recursive: true, force: true });
  } catch {
    await runTool('buildah', ['unshare', 'rm', '-rf', scratch], { signal: ctx.signal }).catch(() => {});
  }
}
