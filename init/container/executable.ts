// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../files.ts';
import { AT_FDCWD, S_IFMT, S_IFREG, X_OK } from '../linux.ts';
import type { Sys } from '../sys.ts';

const fallbackPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The file that process.args[0] names: itself when it has a slash, else the first executable of that name in the PATH of
 * process.env (execvp(3)). Runs inside the container as its user. Throws an Error that says what was looked for and where.
 */
export function findExecutable(sys: Sys, name: string, env: readonly string[]): string {
  if (name.includes('/')) {
    const problem = problemOf(sys, name);
    if (problem !== undefined) throw new Error(`exec "${name}": ${problem}`);
    return name;
  }
  const path = env.findLast((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? fallbackPath;
  let refused: string | undefined;
  for (const folder of path.split(':')) {
    const candidate = `${folder === '' ? '.' : folder}/${name}`;
    const problem = problemOf(sys, candidate);
    if (problem === undefined) return candidate;
    if (problem !== 'ENOENT' && problem !== 'ENOTDIR') refused ??= `${candidate}: ${problem}`;
  }
  throw new Error(`exec "${name}": ${refused ?? `no such file in PATH (${path})`}`);
}

/** Why a file cannot be executed, by the rights of the effective user; undefined when it can. */
function problemOf(sys: Sys, path: string): string | undefined {
  const effectiveIds = 0x200;
  try {
    if ((sys.statx(AT_FDCWD, path, 0).mode & S_IFMT) !== S_IFREG) return 'expected a file, found something else';
    sys.faccessat2(AT_FDCWD, path, X_OK, effectiveIds);
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno;
  }
}
