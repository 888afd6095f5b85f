// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { hexOf } from './digest.ts';
import type { Digest } from './types.ts';

/** Under which a store keeps the SBOM of an image: named after its digest, as signing tools name what belongs to an image. */
export function sbomReference(image: Digest): string {
  return `sha256-${hexOf(image)}.sbom`;
}

/** Whether a name is one of these: no image of its own, and gone with the image. */
export function isSbomReference(reference: string): boolean {
  return /^sha256-[0-9a-f]{64}\.sbom$/.test(reference);
}
