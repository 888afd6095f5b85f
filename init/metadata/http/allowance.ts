// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Bytes of bodies that several answers may have together: what is in one of them is taken from it. */
export interface Allowance {
  readonly whole: number;
  left: number;
}

/** An answer is not what it may be; to ask again would change nothing. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}
