// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** Tags of ASN.1's universal types as DER writes them (X.690, 8). */
export const tag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One value: its tag, its length in the fewest bytes, its contents. */
export function der(tagByte: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tagByte, ...lengthOf(body.length)]), body]);
}

function lengthOf(size: number): readonly number[] {
  if (size < 0x80) return [size];
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

/** SEQUENCE of values that are DER already. */
export function sequence(...values: readonly Uint8Array[]): Buffer {
  return der(tag.sequence, ...values);
}

/** SET OF: DER has its values sorted by their bytes (X.690, 11.6). */
export function setOf(...values: readonly Uint8Array[]): Buffer {
  return der(tag.set, ...values.toSorted((a, b) => Buffer.compare(a, b)));
}

/** Context-specific and constructed: `[number] EXPLICIT`, or IMPLICIT of a type that is constructed. */
export function tagged(number: number, ...contents: readonly Uint8Array[]): Buffer {
  return der(0xa0 | number, ...contents);
}

/** A small INTEGER that is not negative. */
export function integer(value: number): Buffer {
  return der(tag.integer, Buffer.from([value]));
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(tag.oid, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): readonly number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) | 0x80);
  return digits;
}

/** A value that was read: `whole` with tag and length, `contents` without. */
export interface DerValue {
  readonly tag: number;
  readonly whole: Buffer;
  readonly contents: Buffer;
}

/** The values that lie one after the other in `bytes`. Throws RangeError when they do not end with them. */
export function readDer(bytes: Buffer): readonly DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes.readUInt8(at + 1);
    const more = first < 0x80 ? 0 : first & 0x7f;
    const size = more === 0 ? first : bytes.readUIntBE(at + 2, more);
    const start = at + 2 + more;
    if (start + size > bytes.length) throw new RangeError(`a DER value of ${size} bytes is cut short`);
    values.push({
      tag: bytes.readUInt8(at),
      whole: bytes.subarray(at, start + size),
      contents: bytes.subarray(start, start + size),
    });
    at = start + size;
  }
  return values;
}
