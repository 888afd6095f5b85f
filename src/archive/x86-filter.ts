// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Bytes of an instruction: the opcode and a 32-bit displacement. */
const instructionSize = 5;
/** How far back an opcode before this one was, as a mask of the last three bytes: whether its conversion may overlap. */
const mayConvert: readonly boolean[] = [true, true, true, false, true, false, false, false];
const byteOfMask: readonly number[] = [0, 1, 2, 2, 3, 3, 3, 3];

/**
 * Undoes xz's filter for x86 code, which turned the relative targets of calls and jumps (E8, E9) into absolute ones, so that
 * equal targets are equal bytes (the .xz file format, 5.3.2 "Branch/Call/Jump Filters"; liblzma's x86 filter defines it).
 */
export class X86Filter {
  #carry: Buffer = Buffer.alloc(0);
  /** Of the first byte of the carry, in all of the output. */
  #position = 0;
  #mask = 0;

  /** The next chunk of the stream; @returns what of it and of earlier ones is final. */
  undo(chunk: Uint8Array): Buffer {
    const bytes = Buffer.concat([this.#carry, chunk]);
    const done = this.#convert(bytes);
    this.#carry = bytes.subarray(done);
    this.#position += done;
    return bytes.subarray(0, done);
  }

  /** The end of the stream, which is too short for an instruction. */
  rest(): Buffer {
    return this.#carry;
  }

  #convert(bytes: Buffer): number {
    const end = bytes.length - instructionSize + 1;
    let mask = this.#mask;
    let last = -1;
    let at = 0;
    for (; at < end; at += 1) {
      if (((bytes[at] ?? 0) & 0xfe) !== 0xe8) continue;
      const distance = at - last;
      last = at;
      mask = distance > 3 ? 0 : (mask << (distance - 1)) & 7;
      const overlapped = bytes[at + 4 - (byteOfMask[mask] ?? 0)] ?? 0;
      if (mask !== 0 && (mayConvert[mask] !== true || isSign(overlapped))) {
        mask = (mask << 1) | 1;
        continue;
      }
      if (!isSign(bytes[at + 4] ?? 0)) {
        mask = (mask << 1) | 1;
        continue;
      }
      const next = this.#position + at + instructionSize;
      bytes.writeUInt32LE(relativeTarget(bytes.readUInt32LE(at + 1), next, mask), at + 1);
      at += 4;
    }
    if (end <= 0) return 0;
    const distance = at - last;
    this.#mask = distance > 3 ? 0 : mask << (distance - 1);
    return at;
  }
}

function isSign(byte: number): boolean {
  return byte === 0 || byte === 0xff;
}

/** The displacement that the compressor found; an earlier opcode in these bytes made it convert them more than once. */
function relativeTarget(absolute: number, next: number, mask: number): number {
  let source = absolute;
  let relative = (source - next) >>> 0;
  const bits = (byteOfMask[mask] ?? 0) * 8;
  if (mask === 0) return signed(relative);
  while (isSign((relative >>> (24 - bits)) & 0xff)) {
    source = (relative ^ (2 ** (32 - bits) - 1)) >>> 0;
    relative = (source - next) >>> 0;
  }
  return signed(relative);
}

/** 25 bits with their sign. */
function signed(relative: number): number {
  const low = relative & 0x01ff_ffff;
  return ((low & 0x0100_0000) === 0 ? low : low | 0xff00_0000) >>> 0;
}
