// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { BuildContext } from '../context.ts';
import type { KernelArchitecture } from './architecture.ts';
import { fixedEnvironment, runGroup } from './run.ts';
import type { Toolchain } from './toolchain.ts';

/** Added to the version, so that modules of Debian's kernel are not taken for ones of this. */
export const localVersion = '-tskit';

/** A source tree that make is run in. */
export interface Tree {
  readonly folder: string;
  readonly architecture: KernelArchitecture;
  readonly toolchain: Toolchain;
  /** Path of the pahole that describes types (CONFIG_DEBUG_INFO_BTF); without one there is none. */
  readonly pahole?: string;
}

/** Kconfig notes the versions of these in the configuration, which is part of the kernel: where they have no part in it they are not there. */
function tools({ pahole }: Tree): readonly string[] {
  return ['RUSTC=/nonexistent/rustc', 'BINDGEN=/nonexistent/bindgen', `PAHOLE=${pahole ?? '/nonexistent/pahole'}`];
}

/**
 * Runs make in a source tree such that nothing of this machine gets into the result (Documentation/kbuild/reproducible-builds.rst): who, where
 * and when are fixed, the build happens in the tree itself, so that names of files are relative, and debug information has the folder's
 * name replaced.
 */
export function runMake(
  tree: Tree,
  targets: readonly string[],
  act: string,
  ctx: BuildContext,
  onLine?: (line: string) => void,
): Promise<void> {
  const { architecture, toolchain, folder } = tree;
  const variables = [`ARCH=${architecture.arch}`, `CROSS_COMPILE=${toolchain.prefix}`, ...tools(tree)];
  return runGroup('make', [...variables, ...targets], {
    act,
    cwd: folder,
    signal: ctx.signal,
    env: {
      ...fixedEnvironment(ctx.epoch),
      KBUILD_BUILD_TIMESTAMP: `${new Date(ctx.epoch * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
      KBUILD_BUILD_USER: 'tskit',
      KBUILD_BUILD_HOST: 'tskit',
      KBUILD_BUILD_VERSION: '1',
      LOCALVERSION: localVersion,
      KCFLAGS: `-ffile-prefix-map=${folder}=.`,
      KAFLAGS: `-ffile-prefix-map=${folder}=.`,
    },
    ...(onLine !== undefined && { onLine }),
  });
}
