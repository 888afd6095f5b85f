// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { gzipSync } from 'node:zlib';

const headersSize = 512;

/**
 * The least that is an EFI program by its headers, with one section of these contents: what a kernel looks like to whoever
 * starts it. Nothing of it runs.
 */
export function efiProgram(contents: string | Buffer, machine = 0x8664): Buffer {
  const data = Buffer.from(contents);
  const rawSize = Math.ceil(data.length / 512) * 512;
  const file = Buffer.alloc(headersSize + rawSize);
  file.write('MZ', 'latin1');
  file.writeUInt32LE(0x40, 0x3c);
  file.write('PE', 0x40, 'latin1');
  file.writeUInt16LE(machine, 0x44);
  file.writeUInt16LE(1, 0x46);
  file.writeUInt16LE(240, 0x54);
  file.writeUInt16LE(0x0206, 0x56);
  const optional = 0x58;
  file.writeUInt16LE(0x20b, optional);
  file.writeUInt32LE(0x1000, optional + 16);
  file.writeUInt32LE(0x1000, optional + 20);
  file.writeUInt32LE(0x1000, optional + 32);
  file.writeUInt32LE(0x200, optional + 36);
  file.writeUInt32LE(0x1000 + data.length, optional + 56);
  file.writeUInt32LE(headersSize, optional + 60);
  file.writeUInt16LE(10, optional + 68);
  file.writeUInt32LE(16, optional + 108);
  const section = optional + 240;
  file.write('.text', section, 'latin1');
  file.writeUInt32LE(data.length, section + 8);
  file.writeUInt32LE(0x1000, section + 12);
  file.writeUInt32LE(rawSize, section + 16);
  file.writeUInt32LE(headersSize, section + 20);
  file.writeUInt32LE(0x6000_0020, section + 36);
  data.copy(file, headersSize);
  return file;
}

/** A bzImage as far as its headers go: an EFI program that says where its payload is, which is this text, compressed. */
export function bzImage(text: string): Buffer {
  const payload = gzipSync(text);
  const setup = Buffer.alloc(512);
  setup.write('HdrS', 2, 'latin1');
  setup.writeUInt16LE(0x020f, 6);
  setup.writeUInt32LE(payload.length, 0x4c);
  const image = efiProgram(Buffer.concat([setup, payload]));
  image.writeUInt8(1, 0x1f1);
  image.writeUInt16LE(0xaa55, 0x1fe);
  return image;
}
