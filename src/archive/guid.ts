// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** The bytes of a GUID on disk: its first three fields are little-endian (UEFI specification, Appendix A). */
export function guidBytes(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16) throw new RangeError(`GUID "${guid}", expected 32 hexadecimal digits`);
  return swapFields(bytes);
}

/** 16 bytes made of a content as a GUID in that order, marked as made by no clock and no dice (RFC 9562, version 8). */
export function contentGuid(id: Uint8Array): Buffer {
  const bytes = Buffer.from(id);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return swapFields(bytes);
}

function swapFields(bytes: Buffer): Buffer {
  bytes.subarray(0, 4).swap32();
  bytes.subarray(4, 6).swap16();
  bytes.subarray(6, 8).swap16();
  return bytes;
}
