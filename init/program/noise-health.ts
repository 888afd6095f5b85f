// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The continuous health tests of NIST SP 800-90B, 4.4, for bytes that should have 8 bits of entropy each. A good source fails them once in
// 2^40 blocks.

/** Bytes of a block: the window of the adaptive proportion test for what is not binary (4.4.2). */
export const blockSize = 512;

/** 1 + 40 / 8 (4.4.1). */
const mostRepeated = 6;
/** Of 512 bytes with a probability of 1 / 256 each, 19 or more are equal to the first with one below 2^-40 (4.4.2). */
const mostAlike = 19;

/** What shows that a block of bytes is not random; undefined for one that may be. */
export function whyNotRandom(block: Uint8Array): string | undefined {
  let run = 1;
  for (let index = 1; index < block.length; index += 1) {
    run = block[index] === block[index - 1] ? run + 1 : 1;
    if (run >= mostRepeated) return `the byte ${block[index]} ${run} times in a row`;
  }
  const alike = block.filter((byte) => byte === block[0]).length;
  return alike >= mostAlike ? `the byte ${block[0]} ${alike} times in ${block.length}` : undefined;
}
