// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/**
 * A shell glob as a test for whole strings: `*` and `?` stay inside one path component, `**` crosses them, everything
 * else is itself.
 */
export function globPattern(glob: string): RegExp {
  const source = glob.replaceAll(/\*\*|[*?]|[\\^$.+()[\]{}|]/g, (token) => {
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    return token === '?' ? '[^/]' : `\\${token}`;
  });
  return new RegExp(`^${source}$`, 's');
}

/** Whether a path has anything in it that stands for something else. */
export function isGlob(path: string): boolean {
  return /[*?]/.test(path);
}
