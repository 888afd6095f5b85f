// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** Bytes of the kernel's generator. */
export function randomBytes(sys: Sys, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const fd = sys.openat(AT_FDCWD, '/dev/urandom', O_RDONLY | O_CLOEXEC, 0);
  try {
    for (let done = 0; done < length; ) done += sys.read(fd, bytes.subarray(done));
    return bytes;
  } finally {
    sys.close(fd);
  }
}
