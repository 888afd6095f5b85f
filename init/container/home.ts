// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { AT_FDCWD, O_CLOEXEC, O_NOCTTY, O_NONBLOCK, O_RDONLY, S_IFMT, S_IFREG } from '../linux.ts';
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
export function homeIn(text: string, uid: number): string | undefined {
  for (const line of text.split('\n')) {
    const [, , id, , , home] = line.split(':');
    if (id === String(uid)) return home === '' ? undefined : home;
  }
  return undefined;
}

const passwd = '/etc/passwd';

/** Larger than any real one; an image may bring anything under that name. */
const largestPasswd = 1024 * 1024;

function readPasswd(sys: Sys): string {
  try {
    // Opening a device may start what it drives, and a fifo must not stop us.
    const { mode, size } = sys.statx(AT_FDCWD, passwd, 0);
    if ((mode & S_IFMT) !== S_IFREG || size > largestPasswd) return '';
    const fd = sys.openat(AT_FDCWD, passwd, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    try {
      return sys.decodeUtf8(readAll(sys, fd, size));
    } finally {
      sys.close(fd);
    }
  } catch {
    // One that cannot be opened or read (none, a loop of links) says nothing.
    return '';
  }
}

function readAll(sys: Sys, fd: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let length = 0;
  for (let count = 1; count > 0 && length < size; length += count) count = sys.read(fd, bytes.subarray(length));
  return bytes.subarray(0, length);
}
