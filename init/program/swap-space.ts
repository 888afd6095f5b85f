// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mapDevice } from '../boot/device-mapper.ts';
import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { randomBytes } from './random.ts';

/** Of the machines that there are; the kernel refuses a header for another size. */
const pageSize = 4096;
const magic = 'SWAPSPACE2';

/** Writes the header that makes a file or device of `size` bytes swap space (union swap_header in include/linux/swap.h). */
export function writeSwapHeader(sys: Sys, path: string, size: number): void {
  const page = new Uint8Array(pageSize);
  const view = new DataView(page.buffer);
  view.setUint32(1024, 1, true);
  view.setUint32(1028, Math.floor(size / pageSize) - 1, true);
  page.set(randomBytes(sys, 16), 1036);
  page.set(sys.encodeUtf8(magic), pageSize - magic.length);
  const fd = sys.openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
  try {
    for (let done = 0; done < pageSize; ) done += sys.write(fd, page.subarray(done));
    sys.fsync(fd);
  } finally {
    sys.close(fd);
  }
}

/**
 * Makes a device that encrypts what is written to another one (dm-crypt, AES-XTS) with a key that nobody knows: it is in no file, and
 * ends with the boot. Returns its path.
 */
export function encryptOnce(sys: Sys, name: string, device: string, size: number): string {
  const key = Array.from(randomBytes(sys, 64), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const parameters = `aes-xts-plain64 ${key} 0 ${device} 0`;
  return mapDevice(sys, name, `CRYPT-PLAIN-${name}`, { type: 'crypt', size, parameters, isWritable: true }).node;
}
