// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from './errors.ts';
import { formatPlatform } from './oci/platform.ts';
import type { Digest, Platform } from './oci/types.ts';

/**
 * What tskit.lock holds: every image reference of the specs in its folder pinned to a manifest digest, and every recipe
 * pinned to package versions and hashes. Both are keyed by what the spec says, then by platform (`platformKey`).
 */
export interface Lock {
  readonly version: 1;
  /**
   * Reference as written in the spec -> platform -> digest of the platform's manifest; under `allPlatforms` the digest of what
   * the reference itself names, for volumes that hold the image as a layout.
   */
  readonly images: Readonly<Record<string, Readonly<Record<string, Digest>>>>;
  /** `pkg:` reference as written in the spec -> platform -> packages. */
  readonly recipes: Readonly<Record<string, Readonly<Record<string, LockedRecipe>>>>;
}

/** One recipe's packages, exactly: enough to build the same image anywhere as long as the pool still has the files. */
export interface LockedRecipe {
  /** The recipe's own package list when the lock was made; a recipe that asks for something else needs a new lock. */
  readonly request: readonly string[];
  /** Absent where there are no packages. */
  readonly release?: DebianRelease;
  readonly packages: readonly LockedPackage[];
}

export interface DebianRelease {
  /** "bookworm". */
  readonly codename: string;
  /** Major version, "12"; absent for suites that have none (sid). */
  readonly version?: string;
}

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** Debian's name of it: "amd64" or "all". */
  readonly architecture: string;
  /** Of the .deb file, 64 lower-case hex digits. */
  readonly sha256: string;
  /** Of the .deb file, in bytes. */
  readonly size: number;
}

/** How a lock calls a platform: "linux/amd64", "linux/arm/v7". */
export function platformKey(platform: Platform): string {
  return formatPlatform(platform);
}

/** Stands for a platform where an image is pinned as a whole. */
export const allPlatforms = 'all';

/** The digest that a lock pins a reference to. Throws `lock` when it has none: the lock holds for a spec as a whole. */
export function lockedDigest(lock: Lock, reference: string, platform: Platform): Digest {
  return required(lock.images, reference, platformKey(platform));
}

/** The digest of the index, or of the one manifest, that a lock pins a reference to. Throws `lock` when it has none. */
export function lockedWhole(lock: Lock, reference: string): Digest {
  return required(lock.images, reference, allPlatforms);
}

/** The packages that a lock pins a recipe (`pkg:NAME`) to. Throws `lock` when it has none. */
export function lockedRecipe(lock: Lock, reference: string, platform: Platform): LockedRecipe {
  return required(lock.recipes, reference, platformKey(platform));
}

function required<T>(pins: Readonly<Record<string, Readonly<Record<string, T>>>>, reference: string, key: string): T {
  const pin = Object.hasOwn(pins, reference) ? pins[reference]?.[key] : undefined;
  if (pin === undefined) {
    throw new TskitError(
      'lock',
      `"${reference}" for ${key === allPlatforms ? 'all platforms' : key}: expected it in tskit.lock, found nothing`,
      {
        hint: 'run `tskit lock` on this spec to add it',
      },
    );
  }
  return pin;
}
