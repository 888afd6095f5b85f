// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Reads a device: `length` bytes from `offset`, fewer at its end. */
export type ReadDevice = (offset: number, length: number) => Uint8Array;

/** A file system that is read without mounting it: the kernel's code would have to trust what is on it. */
export interface Medium {
  /** Without spaces at its end. */
  readonly label: string;
  /** A file by its path from the root ("openstack/latest/user_data"); undefined when it is not there. Letters' case is all the same. */
  read(path: string): Uint8Array | undefined;
}

/** Bytes of a file that are read at most. */
export const longestFile: number = 4 * 1024 * 1024;
/** Bytes of a folder: thousands of names. */
export const longestFolder: number = 1024 * 1024;
