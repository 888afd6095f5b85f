// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readTextIfPresent } from '../files.ts';
import type { Sys } from '../sys.ts';

/**
 * The environment with HOME set. Programs expect it, so when the configuration does not give it, it comes from the
 * container's own /etc/passwd; "/" for a user that is not listed. Runs inside the container.
 */
export function withHome(sys: Sys, env: readonly string[], uid: number): readonly string[] {
  if (env.some((entry) => entry.startsWith('HOME='))) return env;
  return [...env, `HOME=${homeIn(readPasswd(sys), uid) ?? '/'}`];
}

/** The sixth field of the first line whose third is `uid` (passwd(5)); undefined when there is none or it is empty. */
export function homeIn(passwd: string, uid: number): string | undefined {
  for (const line of passwd.split('\n')) {
    const [, , id, , , home] = line.split(':');
    if (id === String(uid)) return home === '' ? undefined : home;
  }
  return undefined;
}

function readPasswd(sys: Sys): string {
  try {
    return readTextIfPresent(sys, '/etc/passwd') ?? '';
  } catch {
    // An image's /etc/passwd that cannot be read (a folder, a loop of links) is the same as none.
    return '';
  }
}
