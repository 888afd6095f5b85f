// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';

interface Explanation {
  readonly text: string;
  readonly hint: string;
}

const explanations: Readonly<Record<string, Explanation>> = {
  ENOSPC: {
    text: 'no space left on the device',
    hint: 'free some space with `tskit cache clean`, or choose another folder with --cache',
  },
  EDQUOT: { text: 'the disk quota is used up', hint: 'free some space with `tskit cache clean`, or use --cache' },
  EROFS: { text: 'the file system is read-only', hint: 'choose a folder that can be written with --cache' },
  EACCES: { text: 'permission denied', hint: 'choose a folder of your own with --cache, or change its owner' },
  EPERM: { text: 'operation not permitted', hint: 'choose a folder of your own with --cache, or change its owner' },
  ENOTDIR: { text: 'a part of the path is not a directory', hint: 'remove the file in the way, or use --cache' },
  EEXIST: { text: 'a file is where a directory is expected', hint: 'remove the file in the way, or use --cache' },
  EISDIR: { text: 'a directory is where a file is expected', hint: 'remove the directory in the way, or use --cache' },
  EIO: { text: 'the device reports an input/output error', hint: "look at the kernel's log; the disk may be failing" },
  EMFILE: { text: 'too many open files', hint: 'raise the limit with `ulimit -n 4096`' },
};

/** The errno name of a failed file system call, such as "ENOENT". */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Turns a failed file system call on the cache into an error that says what was being done, where, and what helps. */
export function storeError(act: string, path: string, error: unknown): TskitError {
  if (error instanceof TskitError) {
    return error;
  }
  const code = errnoOf(error);
  const known = code === undefined ? undefined : explanations[code];
  if (known === undefined) {
    const text = error instanceof Error ? error.message : String(error);
    return new TskitError('store', `${act} "${path}": ${text}`, { cause: error });
  }
  return new TskitError('store', `${act} "${path}": ${known.text} (${code})`, { hint: known.hint, cause: error });
}
