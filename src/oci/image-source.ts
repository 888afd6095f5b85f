// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Descriptor, Platform } from './types.ts';

/** A manifest or an index as it was served, with the descriptor that it turned out to have. */
export interface ImageDocument {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export interface BlobStream {
  /** Where it begins: the offset that was asked for, or 0 when the source cannot start in the middle. */
  readonly start: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Where an image comes from. What it says is not believed: callers verify digests and sizes. */
export interface ImageSource {
  readonly kind: 'registry' | 'layout' | 'archive';
  /** What the reference names; sources that hold several images without names choose by platform. */
  named(platform: Platform, signal: AbortSignal): Promise<ImageDocument>;
  /** A manifest that an index lists. */
  document(descriptor: Descriptor, signal: AbortSignal): Promise<Uint8Array>;
  /** A blob from `offset` on. One try: a TransientError, here or from the chunks, means that the caller may ask again. */
  blob(descriptor: Descriptor, offset: number, signal: AbortSignal): Promise<BlobStream>;
}
