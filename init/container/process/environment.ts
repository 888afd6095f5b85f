// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { AT_FDCWD, O_CLOEXEC, O_NOCTTY, O_NONBLOCK, O_RDONLY, S_IFMT, S_IFREG } from '../../linux.ts';
import type { Sys } from '../../sys.ts';

/**
 * The environment as the program gets it: of a name that is given twice the last value, and HOME, which programs expect.
 * When the configuration does not give that, it comes from the container's own /etc/passwd; "/" for a user that is
 * not listed. Runs inside the container.
 */
export function completeEnvironment(sys: Sys, env: readonly string[], uid: number): readonly string[] {
  const values = new Map(env.map((entry) => [nameOf(entry), entry]));
  const home = values.get('HOME');
  if (home === undefined || home === 'HOME=') values.set('HOME', `HOME=${homeIn(readPasswd(sys), uid) ?? '/'}`);
  return [...values.values()];
}

function nameOf(entry: string): string {
  const equals = entry.indexOf('=');
  return equals < 0 ? entry : entry.slice(0, equals);
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
