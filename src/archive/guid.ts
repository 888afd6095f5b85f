// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** The bytes of a GUID on disk: its first three fields are little-endian (UEFI specification, Appendix A). */
export function guidBytes(guid: string): Buffer {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16) throw new RangeError(`GUID "${guid}", expected 32 hexadecimal digits`);
  return swapFields(bytes);
}

/** 16 bytes in their order as a GUID's text. */
export function guidText(id: Uint8Array): string {
  const hex = Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('hex', 0, 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** 16 bytes made of a content, marked as made by no clock and no dice (RFC 9562, 5.8: version 8), in their order. */
export function contentId(content: Uint8Array): Buffer {
  const bytes = Buffer.from(content).subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}

/** The same as a GUID on disk. */
export function contentGuid(content: Uint8Array): Buffer {
  return swapFields(contentId(content));
}

function swapFields(bytes: Buffer): Buffer {
  bytes.subarray(0, 4).swap32();
  bytes.subarray(4, 6).swap16();
  bytes.subarray(6, 8).swap16();
  return bytes;
}
