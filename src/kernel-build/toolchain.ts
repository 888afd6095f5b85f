// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { TskitError } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import { compilerPrefix, type KernelArchitecture } from './architecture.ts';
import type { RequestedOption } from './fragments.ts';
import { fixedEnvironment } from './run.ts';

/** Programs that building a kernel takes, and Debian's packages of them. */
const programs: Readonly<Record<string, string>> = {
  make: 'make',
  gcc: 'gcc',
  ld: 'binutils',
  bc: 'bc',
  bison: 'bison',
  flex: 'flex',
  perl: 'perl',
  tar: 'tar',
  xz: 'xz-utils',
  zstd: 'zstd',
};

/** Headers that programs of the build itself include: objtool's, and those of what handles certificates. */
const headers: Readonly<Record<string, string>> = {
  '/usr/include/stdlib.h': 'libc6-dev',
  '/usr/include/libelf.h': 'libelf-dev',
  '/usr/include/openssl/ssl.h': 'libssl-dev',
};

interface NeededProgram {
  readonly program: string;
  readonly package: string;
}

/** What some options need besides. */
const programsOfOptions: Readonly<Record<string, NeededProgram>> = {
  CONFIG_DEBUG_INFO_BTF: { program: 'pahole', package: 'pahole' },
  CONFIG_KERNEL_LZ4: { program: 'lz4', package: 'lz4' },
  CONFIG_KERNEL_LZO: { program: 'lzop', package: 'lzop' },
};

/** What decides on the bytes that come out of the same source: part of what a kernel is cached by. */
export interface Toolchain {
  /** First lines of what they say about their versions. */
  readonly compiler: string;
  readonly linker: string;
  /** The same of programs that pack the kernel, or describe its types. */
  readonly others: readonly string[];
  /** In front of the names of the compiler's programs. */
  readonly prefix: string;
}

/**
 * Looks at everything that a build needs of this machine, before anything is downloaded. Throws `not-found` with all that is missing and what
 * installs it.
 */
export async function requireToolchain(
  architecture: KernelArchitecture,
  options: ReadonlyMap<string, RequestedOption>,
): Promise<Toolchain> {
  const prefix = compilerPrefix(architecture);
  const missing: { readonly what: string; readonly package: string }[] = [];
  for (const [name, debianPackage] of Object.entries(programs)) {
    const isCompiler = name === 'gcc' || name === 'ld';
    if ((await findProgram(name)) === undefined) missing.push({ what: name, package: debianPackage });
    if (isCompiler && prefix !== '' && (await findProgram(prefix + name)) === undefined) {
      missing.push({ what: prefix + name, package: architecture.crossPackage });
    }
  }
  for (const needed of neededBy(options)) {
    if ((await findProgram(needed.program)) === undefined)
      missing.push({ what: needed.program, package: needed.package });
  }
  for (const [file, debianPackage] of Object.entries(headers)) {
    if (!existsSync(file)) missing.push({ what: file, package: debianPackage });
  }
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((one) => one.package))].join(' ');
    throw new TskitError(
      'not-found',
      `building a kernel: expected ${missing.map(({ what }) => `"${what}"`).join(', ')} on this machine, found none`,
      { hint: `run \`apt-get install ${packages}\`` },
    );
  }
  const packers = ['xz', 'zstd', ...neededBy(options).map(({ program }) => program)];
  return {
    compiler: await versionOf(`${prefix}gcc`),
    linker: await versionOf(`${prefix}ld`),
    others: await Promise.all(packers.map(versionOf)),
    prefix,
  };
}

function neededBy(options: ReadonlyMap<string, RequestedOption>): readonly NeededProgram[] {
  return Object.entries(programsOfOptions)
    .filter(([option]) => options.get(option)?.value === 'y')
    .map(([, needed]) => needed);
}

async function versionOf(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(program, ['--version'], { env: fixedEnvironment(0) });
  return stdout.trim().split('\n', 1)[0] ?? '';
}
