// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';

/** OCI platform (Go's names) -> Debian's name of the architecture. */
const names: Readonly<Record<string, string>> = {
  'linux/amd64': 'amd64',
  'linux/386': 'i386',
  'linux/arm64': 'arm64',
  'linux/arm64/v8': 'arm64',
  'linux/arm/v7': 'armhf',
  'linux/arm/v5': 'armel',
  'linux/ppc64le': 'ppc64el',
  'linux/riscv64': 'riscv64',
  'linux/s390x': 's390x',
};

/** Where the dynamic loader of an architecture lives beside /lib, as base-files links it. */
const loaderDirectories: Readonly<Record<string, string>> = { amd64: 'lib64', ppc64el: 'lib64' };

/** Debian's architecture for a platform. Throws `platform`. */
export function debianArchitecture(platform: Platform): string {
  const key = formatPlatform(platform);
  const name = Object.hasOwn(names, key) ? names[key] : undefined;
  if (name === undefined) {
    throw new TskitError('platform', `Debian has no packages for the platform "${key}"`, {
      hint: `choose one of ${Object.keys(names).join(', ')}`,
    });
  }
  return name;
}

/** The top-level directories that are links into /usr (Debian's merged /usr, base-files). */
export function mergedDirectories(architecture: string): readonly string[] {
  const loader = loaderDirectories[architecture];
  return loader === undefined ? ['bin', 'lib', 'sbin'] : ['bin', 'lib', loader, 'sbin'];
}
