// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import type { Descriptor, Index, Platform } from './types.ts';

/** What an architecture means when no variant is named (OCI image-spec image-index.md, Platform Variants). */
const defaultVariants: Readonly<Record<string, string>> = { arm64: 'v8', arm: 'v7', amd64: 'v1' };
/** Which variants an architecture can run besides its own, best first. */
const olderVariants: Readonly<Record<string, readonly string[]>> = {
  'arm/v8': ['v7', 'v6', 'v5'],
  'arm/v7': ['v6', 'v5'],
  'arm/v6': ['v5'],
  'amd64/v4': ['v3', 'v2', 'v1'],
  'amd64/v3': ['v2', 'v1'],
  'amd64/v2': ['v1'],
};

/** "linux/amd64" or "linux/arm/v6". */
export function formatPlatform(platform: Platform): string {
  const base = `${platform.os}/${platform.architecture}`;
  return platform.variant === undefined || platform.variant === '' ? base : `${base}/${platform.variant}`;
}

/** Reads what formatPlatform writes. */
export function parsePlatform(text: string): Platform {
  const [os = '', architecture = '', variant] = text.split('/');
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/**
 * How well an image for `found` serves `wanted`: 0 is exact, greater is an older variant that still runs, undefined does
 * not run at all.
 */
export function platformDistance(found: Platform, wanted: Platform): number | undefined {
  if (found.os !== wanted.os || found.architecture !== wanted.architecture) {
    return undefined;
  }
  const foundVariant = variantOf(found);
  const wantedVariant = variantOf(wanted);
  if (foundVariant === wantedVariant) {
    return 0;
  }
  const older = olderVariants[`${wanted.architecture}/${wantedVariant}`]?.indexOf(foundVariant) ?? -1;
  return older === -1 ? undefined : older + 1;
}

/** The entry of an index for a platform. Throws `platform` with the list of what there is, and `hint` or the usual one. */
export function choosePlatform(index: Index, wanted: Platform, subject: string, hint?: string): Descriptor {
  let best: Descriptor | undefined;
  let bestDistance = Infinity;
  for (const entry of index.manifests) {
    const distance = entry.platform === undefined ? undefined : platformDistance(entry.platform, wanted);
    if (distance !== undefined && distance < bestDistance) {
      best = entry;
      bestDistance = distance;
    }
  }
  // One entry that does not say its platform is taken; the image's config must then name the right one.
  const only = index.manifests.length === 1 ? index.manifests[0] : undefined;
  best ??= only?.platform === undefined ? only : undefined;
  if (best === undefined) {
    throw missingPlatform(subject, wanted, describePlatforms(index), hint);
  }
  return best;
}

/** The error for an image that is not there for a platform. */
export function missingPlatform(
  subject: string,
  wanted: Platform,
  found: string,
  hint = 'choose an image that exists for this platform, or build for another one with --arch',
): TskitError {
  const message = `${subject}: expected an image for ${formatPlatform(wanted)}, found ${found}`;
  return new TskitError('platform', message, { hint });
}

function variantOf(platform: Platform): string {
  return platform.variant || defaultVariants[platform.architecture] || '';
}

/** Attestations are listed as unknown/unknown by BuildKit: they are no images. */
function describePlatforms(index: Index): string {
  const names = index.manifests.flatMap((entry) =>
    entry.platform === undefined || entry.platform.os === 'unknown' ? [] : [formatPlatform(entry.platform)],
  );
  return names.length === 0 ? 'none with a platform' : [...new Set(names)].join(', ');
}
