// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Bytes, bytesOf } from '../file-tree.ts';

/**
 * A shell glob as a test for whole strings: `*` and `?` stay inside one path component, `**` crosses them, everything
 * else is itself. For paths, compare bytes with bytes (`pathGlob`).
 */
export function globPattern(glob: string): RegExp {
  const source = glob.replaceAll(/\*\*|[*?]|[\\^$.+()[\]{}|]/g, (token) => {
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    return token === '?' ? '[^/]' : `\\${token}`;
  });
  return new RegExp(`^${source}$`, 's');
}

/** A glob over image paths, as the user writes them: a leading slash, text instead of bytes. */
export function pathGlob(path: string): RegExp {
  return globPattern(relativePath(path));
}

/** From "/etc/passwd", as users write it, to the tree's "etc/passwd". */
export function relativePath(path: string): Bytes {
  return bytesOf(path.replace(/^\/+/, '').replace(/\/+$/, ''));
}

export function isGlob(path: string): boolean {
  return /[*?]/.test(path);
}
