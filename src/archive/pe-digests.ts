// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import type { PeHeaders } from './pe.ts';

/** How many 32-bit words a sum of doubles holds without loss. */
const wordsBetweenFolds = 1 << 20;

/** What is computed over all bytes of an executable. */
export interface PeDigests {
  /** Of its header's field; the field itself counts as zero. */
  readonly checksum: number;
  /**
   * SHA-256 of what a signature is about, and firmware measures, in hex: all but the checksum and the place that tells of
   * signatures (Microsoft, Windows Authenticode Portable Executable Signature Format, "Calculating the PE Image Hash"). For files
   * whose sections follow each other in the file without gaps, as those of {@link appendSections} do.
   */
  readonly authenticode: string;
}

/**
 * Computes the digests of an executable from its bytes in their order.
 * @param chunks the first holds at least all headers, and the checksum in it is zero; only the last may have an odd length.
 */
export async function peDigests(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  headers: PeHeaders,
): Promise<PeDigests> {
  const hash = createHash('sha256');
  let sum = 0;
  let size = 0;
  for await (const chunk of chunks) {
    if (size % 2 !== 0) throw new RangeError('a chunk of odd length before the last');
    sum = fold(sum + wordSum(chunk));
    if (size === 0) {
      const { checksumOffset, certificateEntryOffset } = headers;
      hash.update(chunk.subarray(0, checksumOffset));
      hash.update(chunk.subarray(checksumOffset + 4, certificateEntryOffset));
      hash.update(chunk.subarray(certificateEntryOffset + 8));
    } else {
      hash.update(chunk);
    }
    size += chunk.length;
  }
  // Signatures begin at a multiple of eight, and what is in between is signed.
  hash.update(Buffer.alloc(-size & 7));
  return { checksum: fold(sum) + size, authenticode: hash.digest('hex') };
}

/**
 * The checksum of an executable of `size` bytes after its entry for certificates, zero before, was filled in and the
 * certificates were appended.
 */
export function signedChecksum(checksum: number, size: number, entry: Buffer, certificates: Buffer): number {
  return fold(checksum - size + wordSum(entry) + wordSum(certificates)) + size + certificates.length;
}

/** The sum of 16-bit words with the carries added again, a byte at the end counting as a word: pairs of words at once. */
function wordSum(chunk: Buffer): number {
  const whole = chunk.length & ~3;
  // Words of a typed array lie at multiples of their size.
  const bytes = chunk.byteOffset % 4 === 0 ? chunk : Buffer.from(new Uint8Array(chunk).buffer);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, whole / 4);
  let sum = 0;
  for (let start = 0; start < words.length; start += wordsBetweenFolds) {
    const end = Math.min(start + wordsBetweenFolds, words.length);
    for (let index = start; index < end; index += 1) sum += words[index] ?? 0;
    sum = fold(sum);
  }
  for (let at = whole; at < chunk.length; at += 2) {
    sum += at + 1 < chunk.length ? chunk.readUInt16LE(at) : chunk.readUInt8(at);
  }
  return sum;
}

/** Adds the carries: the same sum modulo 0xffff, in 16 bits. */
function fold(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest % 0x1_0000) + Math.floor(rest / 0x1_0000);
  return rest;
}
