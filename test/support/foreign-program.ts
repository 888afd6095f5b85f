// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

const base = 0x400000n;
const headers = 64 + 56;
const message = 'aarch64 runs\n';

/** A64 instructions, which are words of little endian: movz with a number, adr with a distance in bytes, svc #0. */
const movz = (register: number, value: number): number => 0xd2800000 + value * 32 + register;
const adr = (register: number, bytes: number): number => 0x10000000 + (bytes / 4) * 32 + register;
const svc = 0xd4000001;

/** A static program for aarch64 that prints "aarch64 runs" and ends: write(1, …) and exit(0) behind the smallest headers of ELF. */
export function aarch64Program(): Buffer {
  // The message follows the last of eight instructions; the second one asks for its address.
  const code = [movz(0, 1), adr(1, 28), movz(2, message.length), movz(8, 64), svc, movz(0, 0), movz(8, 93), svc];
  const text = Buffer.alloc(code.length * 4);
  code.forEach((word, index) => text.writeUInt32LE(word, index * 4));
  const body = Buffer.concat([text, Buffer.from(message)]);
  const header = Buffer.alloc(headers);
  // ELF64, little endian, ET_EXEC for EM_AARCH64 (183), program headers right behind the header.
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(183, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(base + BigInt(headers), 24);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  // One PT_LOAD of the whole file, readable and executable.
  header.writeUInt32LE(1, 64);
  header.writeUInt32LE(5, 68);
  header.writeBigUInt64LE(base, 80);
  header.writeBigUInt64LE(base, 88);
  header.writeBigUInt64LE(BigInt(headers + body.length), 96);
  header.writeBigUInt64LE(BigInt(headers + body.length), 104);
  header.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([header, body]);
}
