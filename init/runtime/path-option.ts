// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Paths on the command line, made absolute.

import type { Sys } from '../sys.ts';

/** The absolute path of an option, undefined without one: callers pass an empty text for what they do not want. */
export function givenPath(sys: Sys, path: string | undefined): string | undefined {
  return path === undefined || path === '' ? undefined : absolutePath(sys, path);
}

/** As the kernel would take it from here, without "." in it; ".." stays, since what is before it may be a link. */
export function absolutePath(sys: Sys, path: string): string {
  return path.startsWith('/') ? withoutDots(path) : absoluteFrom(sys.getcwd(), path);
}

/** The same for one that starts from `folder` when it is relative. */
export function absoluteFrom(folder: string, path: string): string {
  return withoutDots(path.startsWith('/') ? path : `${folder}/${path}`);
}

function withoutDots(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `/${parts.join('/')}`;
}
