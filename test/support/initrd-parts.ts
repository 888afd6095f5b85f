// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';

/** The archives that an initrd is a concatenation of, in order, each as cpio bytes; zstd's own program decompresses. */
export function initrdParts(file: string): Buffer[] {
  const initrd = readFileSync(file);
  const parts: Buffer[] = [];
  for (let at = 0; at < initrd.length; ) {
    if (initrd[at] === 0) {
      at += 1;
    } else if (initrd.readUInt32LE(at) === 0xfd2fb528) {
      const end = frameEnd(initrd, at);
      parts.push(execFileSync('zstd', ['-dcq'], { input: initrd.subarray(at, end), maxBuffer: 1 << 30 }));
      at = end;
    } else {
      const end = initrd.indexOf('TRAILER!!!\0', at, 'latin1') + 'TRAILER!!!\0'.length;
      parts.push(initrd.subarray(at, end));
      at = end;
    }
  }
  return parts;
}

/** Walks the blocks of a frame without checksum (RFC 8878, section 3.1.1). */
function frameEnd(bytes: Buffer, start: number): number {
  const descriptor = bytes[start + 4] ?? 0;
  const single = (descriptor & 0x20) !== 0;
  const sizes = [single ? 1 : 0, 2, 4, 8];
  let at = start + 5 + (single ? 0 : 1) + (sizes[descriptor >> 6] ?? 0);
  for (;;) {
    const header = bytes.readUIntLE(at, 3);
    at += 3 + (((header >> 1) & 3) === 1 ? 1 : header >> 3);
    if ((header & 1) === 1) {
      return at + ((descriptor & 4) === 0 ? 0 : 4);
    }
  }
}

/** Extracts an initrd with GNU cpio, one archive after the other, as the kernel does. */
export function extractInitrd(file: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const part of initrdParts(file)) {
    execFileSync('cpio', ['--extract', '--preserve-modification-time', '--unconditional', '--quiet'], {
      input: part,
      cwd: folder,
    });
  }
}

/** The paths of one archive, in its order, as GNU cpio lists them. */
export function listCpio(archive: Buffer): string[] {
  const text = execFileSync('cpio', ['--list', '--quiet'], { input: archive, encoding: 'latin1', maxBuffer: 1 << 28 });
  return text.split('\n').filter((line) => line !== '');
}
