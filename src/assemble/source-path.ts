// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { literalPath } from './path-pattern.ts';

/** Where a `source` of the spec is; a relative one starts from `folder`. */
export function sourcePath(source: string, folder: string): string {
  return source.startsWith('~/') ? resolve(homedir(), source.slice(2)) : resolve(folder, source);
}

/** The same for a glob, as a pattern: what the folder itself is called means nothing. */
export function globPath(source: string, folder: string): string {
  return source.startsWith('~/')
    ? resolve(literalPath(homedir()), source.slice(2))
    : resolve(literalPath(folder), source);
}
