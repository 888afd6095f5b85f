// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { resolve } from 'node:path';
import { TskitError } from '../errors.ts';
import type { KernelRequest } from '../kernel-build/build-kernel.ts';
import type { Fragment } from '../kernel-build/fragments.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import { openStore } from '../oci/store.ts';
import type { Platform } from '../oci/types.ts';
import { buildContext } from './build-context.ts';
import { cacheOption, type Invocation, type Option } from './command.ts';
import { platformOf, platformOption } from './spec-input.ts';

/** Options of `tskit kernel build`. */
export const kernelBuildOptions: Readonly<Record<string, Option>> = {
  config: {
    value: 'FRAGMENT',
    multiple: true,
    help: 'build: configuration on top of what pkg:kernel-vm has: a shipped fragment ("cloud") or a file',
  },
  tiny: { help: 'build: only the fragments given, on top of the smallest kernel that there is' },
  'module-key': {
    value: 'KEY.pem',
    help: 'build: sign modules with the RSA key of a PEM file that also has its certificate, and load no others',
  },
  series: { value: 'N.N', help: "build: series of Debian's source, 6.12 (default) or 6.1" },
  tag: {
    value: 'NAME',
    help: 'build: what the image is called in the store (default localhost/kernel:RELEASE, for arm64 RELEASE-arm64)',
  },
  'config-only': { help: 'build: print the finished configuration, and compile nothing' },
  jobs: { value: 'N', help: 'build: how many compilers run at once (default: one a processor)' },
  offline: { help: 'build: never open a socket; the source must be in the cache' },
  json: { help: 'print the result as JSON' },
  ...platformOption,
  ...cacheOption,
};

/** `tskit kernel build`: an image in the store, and on standard output what a spec calls it. */
export async function runKernelBuild(invocation: Invocation, args: readonly string[]): Promise<void> {
  if (args.length > 0) {
    throw failure(`expected no further argument, found "${args[0]}"; fragments are given with --config`);
  }
  const ctx = buildContext(invocation);
  const platform = platformOf(invocation);
  const { sourcePackage, defaultSeries } = await import('../packages/series.ts');
  const { mergeFragments } = await import('../kernel-build/fragments.ts');
  const { buildKernel, configureKernel } = await import('../kernel-build/build-kernel.ts');
  const { settleModuleKey } = await import('../kernel-build/module-key.ts');
  const { requireToolchain } = await import('../kernel-build/toolchain.ts');
  const { kernelArchitecture } = await import('../kernel-build/architecture.ts');
  const { defaultTag, tagKernel } = await import('../kernel-build/tag-kernel.ts');
  const { pinSelection } = await import('../packages/pin.ts');
  // Before a fragment of its name is looked for.
  const architecture = kernelArchitecture(platform);
  const series = invocation.one('series') ?? defaultSeries;
  const packageName = sourcePackage(series);
  const options = mergeFragments(await fragmentsOf(invocation, platform), {
    series,
    architecture: platform.architecture,
  });
  const jobs = jobsOf(invocation);
  const tag = tagOf(invocation);
  // Before the archive is asked for anything.
  await requireToolchain(architecture, options);
  await settleModuleKey(options);
  const selection = { packages: [packageName], only: true, kernel: { series, fragments: [] } };
  const { packages } = await pinSelection(selection, `kernel ${series}`, platform, ctx);
  const [source] = packages;
  if (source === undefined) throw new TskitError('package', `resolving "${packageName}": found nothing`);
  const request: KernelRequest = { series, source, options, platform, ...(jobs !== undefined && { jobs }) };
  const store = await openStore(ctx.cache, ctx.signal);
  if (invocation.flag('config-only')) {
    const text = await configureKernel(request, ctx, store);
    for (const line of text.trimEnd().split('\n')) invocation.print(line);
    return;
  }
  const kernel = await buildKernel(request, ctx, store);
  const reference = tag ?? defaultTag(kernel.release, platform);
  await tagKernel(store, reference, kernel, ctx.reporter);
  if (!invocation.flag('json')) return invocation.print(reference);
  const { release, key, isCached, manifest } = kernel;
  invocation.print(
    JSON.stringify({ event: 'kernel', reference, digest: manifest.digest, release, source, key, cached: isCached }),
  );
}

/** Those of pkg:kernel-vm, unless --tiny is given, the user's on top, and what a key for modules is about. */
async function fragmentsOf(invocation: Invocation, platform: Platform): Promise<readonly Fragment[]> {
  const { readFragment } = await import('../kernel-build/fragments.ts');
  const { recipeFragments } = await import('../kernel-build/kernel-recipe.ts');
  const { readRecipeFolder } = await import('../packages/folder.ts');
  const given = invocation.many('config');
  if (invocation.flag('tiny') && given.length === 0) throw failure('--tiny: expected --config too, found none');
  const base = invocation.flag('tiny') ? [] : recipeFragments(readRecipeFolder('kernel-vm', '.'), platform);
  const fragments = [...base, ...given.map((name) => readFragment(name, process.cwd(), platform.architecture))];
  const key = invocation.one('module-key');
  if (key === undefined) return fragments;
  const text = `CONFIG_MODULE_SIG_KEY="${resolve(key)}"\n`;
  return [...fragments, readFragment('signed', '', platform.architecture), { name: '--module-key', text }];
}

function jobsOf(invocation: Invocation): number | undefined {
  const text = invocation.one('jobs');
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw failure(`--jobs: expected a number from 1, found "${text}"`);
  return Number(text);
}

/** As a spec's reference would be looked up. */
function tagOf(invocation: Invocation): string | undefined {
  const text = invocation.one('tag');
  if (text === undefined) return undefined;
  const expected = (found: string): TskitError =>
    failure(`--tag: expected a name such as "localhost/kernel:mine", found ${found}`);
  try {
    const reference = parseReference(text);
    if (reference.kind === 'registry' && reference.digest === undefined) return formatReference(reference);
  } catch (error) {
    throw expected(`"${text}" (${(error as Error).message})`);
  }
  throw expected(`"${text}"`);
}

function failure(message: string): TskitError {
  return new TskitError('usage', `kernel build: ${message}`, { hint: 'see `tskit kernel --help`' });
}
