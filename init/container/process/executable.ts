// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../../files.ts';
import { AT_FDCWD, S_IFDIR, S_IFMT, S_IFREG, X_OK } from '../../linux.ts';
import type { Sys } from '../../sys.ts';

const fallbackPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The file that process.args[0] names: itself when it has a slash, else the first executable of that name in the PATH of
 * process.env (execvp(3)). Runs inside the container as its user. Throws an Error in the words of other runtimes: podman,
 * containerd and Docker look for "executable file not found in $PATH" and "no such file or directory", which become the exit
 * code 127 of a shell, and for "permission denied", which becomes 126.
 */
export function findExecutable(sys: Sys, name: string, env: readonly string[]): string {
  if (name.includes('/')) {
    const problem = problemOf(sys, name);
    if (problem !== undefined) throw execError(name, problem);
    return name;
  }
  const path = env.findLast((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? fallbackPath;
  let refused: string | undefined;
  for (const folder of name === '' ? [] : path.split(':')) {
    const candidate = `${folder === '' ? '.' : folder}/${name}`;
    const problem = problemOf(sys, candidate);
    if (problem === undefined) return candidate;
    if (problem !== 'ENOENT' && problem !== 'ENOTDIR') refused ??= problem;
  }
  if (refused !== undefined) throw execError(name, refused);
  throw new Error(`exec: "${name}": executable file not found in $PATH (${path})`);
}

/** Why execve failed, as an Error in the words of other runtimes. */
export function execFailure(file: string, error: unknown): unknown {
  const errno = errnoOf(error);
  return errno === undefined ? error : new Error(`exec ${file}: ${words.get(errno) ?? errno}`, { cause: error });
}

/** strerror(3) of what execve usually says. */
const words: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file or directory'],
  ['ENOTDIR', 'not a directory'],
  ['EISDIR', 'is a directory'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['ENOEXEC', 'exec format error'],
  ['ELOOP', 'too many levels of symbolic links'],
  ['E2BIG', 'argument list too long'],
  ['ETXTBSY', 'text file busy'],
  ['EAGAIN', 'resource temporarily unavailable'],
]);

function execError(name: string, errno: string): Error {
  return new Error(`exec: "${name}": ${words.get(errno) ?? errno}`);
}

/** The errno's name of why a file cannot be executed, by the rights of the effective user; undefined when it can. */
function problemOf(sys: Sys, path: string): string | undefined {
  const effectiveIds = 0x200;
  try {
    const type = sys.statx(AT_FDCWD, path, 0).mode & S_IFMT;
    if (type === S_IFDIR) return 'EISDIR';
    if (type !== S_IFREG) return 'EACCES';
    sys.faccessat2(AT_FDCWD, path, X_OK, effectiveIds);
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno;
  }
}
