// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** An absolute path without ".", ".." and repeated slashes; ".." at the top stays at the top. "x/y" is taken as "/x/y". */
export function cleanPath(path: string): string {
  if (isClean(path)) return path;
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') kept.pop();
    else kept.push(part);
  }
  return `/${kept.join('/')}`;
}

/** Nearly all are, and need not be taken apart; false for hidden names as well. */
function isClean(path: string): boolean {
  return path.startsWith('/') && (path === '/' || !path.endsWith('/')) && !path.includes('//') && !path.includes('/.');
}

/** The folder of a clean absolute path, "/" for what lies directly in it. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** The last name of a clean absolute path; empty for "/". */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `path` itself when absolute, else below `folder`. */
export function resolveFrom(folder: string, path: string): string {
  return path.startsWith('/') ? path : `${folder}/${path}`;
}
