// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Reads a device: `length` bytes from `offset`, fewer at its end. */
export type ReadDevice = (offset: number, length: number) => Uint8Array;

/** A file system that is read without mounting it: the kernel's code would have to trust what is on it. */
export interface Medium {
  /** Without spaces at its end. */
  readonly label: string;
  /**
   * A file by its path from the root ("openstack/latest/user_data"); undefined when it is not there. Letters' case is all the same. Throws
   * LengthError when it is too long or ends before its length says so.
   */
  read(path: string): Uint8Array | undefined;
}

/** Bytes of a file that are read at most. */
export const longestFile: number = 4 * 1024 * 1024;
/** Bytes of a folder: thousands of names. */
export const longestFolder: number = 1024 * 1024;

/** A file or folder is not as long as it is to be. */
export class LengthError extends Error {
  override readonly name = 'LengthError';
}

/** Throws when something is longer than is read, before any of it is; a file is never cut. */
export function refuseLength(length: number, most: number): void {
  if (length > most) throw new LengthError(`expected at most ${most} bytes, found ${length}`);
}

/**
 * Reads a folder. What is wrong with one says nothing of the file that was looked for in it, but that the medium cannot be read: the
 * error is no LengthError.
 */
export function inFolder<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LengthError)) throw error;
    throw new Error(`a folder: ${error.message}`, { cause: error });
  }
}

/** A whole file; throws when the file system had less of it. */
export function wholeOf(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length < length)
    throw new LengthError(`expected ${length} bytes, found ${bytes.length}: the file system is damaged or cut off`);
  return bytes.subarray(0, length);
}
