// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { kernelArchitecture } from '../../src/kernel-build/architecture.ts';
import type { Tree } from '../../src/kernel-build/make.ts';
import { writeOrderedPahole } from '../../src/kernel-build/ordered-pahole.ts';
import { requireToolchain } from '../../src/kernel-build/toolchain.ts';
import { unpackSource } from '../../src/kernel-build/unpack.ts';
import { openArchives, verifyArchive } from '../../src/packages/archives.ts';
import { aptFolder, fetchPackages, pinSelection } from '../../src/packages/pin.ts';
import { sourcePackage } from '../../src/packages/series.ts';
import { testContext } from './build-context.ts';

/** Unpacks Debian's source of a series for an architecture below `folder`, for several configurations of one tree. */
export async function unpackKernelSource(
  series: string,
  architecture: string,
  cache: string,
  folder: string,
): Promise<Tree> {
  const ctx = testContext(cache, { offline: false });
  const platform = { os: 'linux', architecture };
  const name = sourcePackage(series);
  const selection = { packages: [name], only: true, kernel: { series, fragments: [] } };
  const [pin] = (await pinSelection(selection, name, platform, ctx)).packages;
  if (pin === undefined) throw new Error(`expected ${name}, found nothing`);
  await fetchPackages([pin], platform, ctx, series);
  const archive = await verifyArchive(await openArchives(aptFolder(cache)), pin);
  const target = kernelArchitecture(platform);
  const source = await unpackSource(archive, name, target, folder, ctx);
  return {
    folder: source.folder,
    architecture: target,
    toolchain: await requireToolchain(target, new Map()),
    pahole: await writeOrderedPahole(source.folder),
  };
}
