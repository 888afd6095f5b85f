// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import type { Platform } from '../oci/types.ts';

/** What a kernel's source calls an architecture, and what comes out of a build for it. */
export interface KernelArchitecture {
  /** OCI's name, which is Debian's, too: "amd64". */
  readonly name: string;
  /** make's ARCH. */
  readonly arch: string;
  /** Folder below arch/. */
  readonly source: string;
  /** What the compiler of a machine of another architecture is called before "gcc". */
  readonly crossPrefix: string;
  readonly crossPackage: string;
  /** make's target and where it puts the image that boot loaders take. */
  readonly target: string;
  readonly image: string;
}

const architectures: readonly KernelArchitecture[] = [
  {
    name: 'amd64',
    arch: 'x86_64',
    source: 'x86',
    crossPrefix: 'x86_64-linux-gnu-',
    crossPackage: 'gcc-x86-64-linux-gnu',
    target: 'bzImage',
    image: 'arch/x86/boot/bzImage',
  },
  {
    name: 'arm64',
    arch: 'arm64',
    source: 'arm64',
    crossPrefix: 'aarch64-linux-gnu-',
    crossPackage: 'gcc-aarch64-linux-gnu',
    target: 'Image',
    image: 'arch/arm64/boot/Image',
  },
];

/** The architecture of a platform. Throws `platform`. */
export function kernelArchitecture(platform: Platform): KernelArchitecture {
  const found = architectures.find(({ name }) => name === platform.architecture);
  if (found !== undefined) return found;
  const known = architectures.map(({ name }) => name).join(', ');
  throw new TskitError('platform', `building a kernel: expected one of ${known}, found "${platform.architecture}"`, {
    hint: "choose another --arch, or take Debian's kernel, pkg:kernel",
  });
}

const hosts: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The prefix of the compiler's programs: none where this machine is of that architecture itself. */
export function compilerPrefix(architecture: KernelArchitecture): string {
  return hosts[process.arch] === architecture.name ? '' : architecture.crossPrefix;
}
