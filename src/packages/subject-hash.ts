// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { TskitError } from '../errors.ts';

/** One value of DER (X.690): its tag, its content, and all of it with tag and length. */
interface Der {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

const tags = { sequence: 0x30, set: 0x31, utf8: 0x0c, version: 0xa0 } as const;

/** Types of strings that OpenSSL makes comparable (asn1.h, ASN1_MASK_CANON), and how their bytes become text. */
const encodings: Readonly<Record<number, 'utf8' | 'latin1' | 'utf16' | 'utf32'>> = {
  0x0c: 'utf8',
  0x13: 'latin1',
  0x14: 'latin1',
  0x16: 'latin1',
  0x1a: 'latin1',
  0x1c: 'utf32',
  0x1e: 'utf16',
};

/**
 * The eight hex digits by which OpenSSL looks an issuer up in a folder of certificates (X509_NAME_hash; c_rehash(1)): of the SHA-1 over
 * the subject with its texts in UTF-8, lower case and with single blanks. Throws `package` for what is no certificate.
 */
export function subjectHash(certificate: Buffer): string {
  const [outer] = readDer(certificate);
  const [signed] = readDer(outer?.content ?? Buffer.alloc(0));
  const fields = readDer(signed?.content ?? Buffer.alloc(0));
  // RFC 5280 4.1: version (explicit, may be absent), serial number, signature, issuer, validity, subject.
  const subject = fields[fields[0]?.tag === tags.version ? 5 : 4];
  if (subject?.tag !== tags.sequence) throw malformed();
  const canonical = readDer(subject.content).map((set) =>
    encode(tags.set, Buffer.concat(readDer(set.content).map(canonicalAttribute))),
  );
  const digest = createHash('sha1').update(Buffer.concat(canonical)).digest();
  return digest.readUInt32LE(0).toString(16).padStart(8, '0');
}

function canonicalAttribute(attribute: Der): Buffer {
  const [type, value] = readDer(attribute.content);
  if (type === undefined || value === undefined) throw malformed();
  const encoding = encodings[value.tag];
  const own = encoding === undefined ? value.whole : encode(tags.utf8, canonicalText(textOf(value.content, encoding)));
  return encode(tags.sequence, Buffer.concat([type.whole, own]));
}

/** Blanks at the ends are dropped and those within made one; letters of ASCII become small, others stay. */
function canonicalText(text: string): Buffer {
  const blanks = text.replaceAll(/^[\t-\r ]+|[\t-\r ]+$/g, '').replaceAll(/[\t-\r ]+/g, ' ');
  return Buffer.from(blanks.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()));
}

function textOf(bytes: Buffer, encoding: 'utf8' | 'latin1' | 'utf16' | 'utf32'): string {
  if (encoding === 'utf8' || encoding === 'latin1') return bytes.toString(encoding);
  const size = encoding === 'utf16' ? 2 : 4;
  const points = Array.from({ length: bytes.length / size }, (_, index) => bytes.readUIntBE(index * size, size));
  return String.fromCodePoint(...points);
}

function readDer(bytes: Buffer): readonly Der[] {
  const values: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const long = first < 0x80 ? 0 : first & 0x7f;
    const start = at + 2 + long;
    if (long > 4 || start > bytes.length) throw malformed();
    const size = long === 0 ? first : bytes.readUIntBE(at + 2, long);
    if (start + size > bytes.length) throw malformed();
    values.push({ tag, content: bytes.subarray(start, start + size), whole: bytes.subarray(at, start + size) });
    at = start + size;
  }
  return values;
}

function encode(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function malformed(): TskitError {
  return new TskitError('package', 'reading a certificate: expected X.509 in DER, found something else');
}
