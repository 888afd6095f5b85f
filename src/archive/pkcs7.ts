// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash, X509Certificate } from 'node:crypto';
import { der, integer, oid, readDer, sequence, setOf, tag, tagged } from './der.ts';

/** Signs the bytes with RSA (PKCS #1 v1.5) and SHA-256; the result is the bare signature. */
export type Sign = (bytes: Uint8Array) => Promise<Uint8Array>;

const signedDataType = '1.2.840.113549.1.7.2';
const contentTypeAttribute = '1.2.840.113549.1.9.3';
const messageDigestAttribute = '1.2.840.113549.1.9.4';
/** OBJECT IDENTIFIER of content that is any bytes. */
export const dataType = '1.2.840.113549.1.7.1';
/** AlgorithmIdentifier of SHA-256. */
export const sha256Algorithm: Buffer = sequence(oid('2.16.840.1.101.3.4.2.1'), der(tag.null));
const rsaAlgorithm = sequence(oid('1.2.840.113549.1.1.1'), der(tag.null));

/** What is signed. */
export interface SignedContent {
  readonly type: string;
  /** DER of the content; absent when it is elsewhere, and `digested` are its bytes then. */
  readonly content?: Buffer;
  readonly digested: Uint8Array;
  /** With the attributes content-type and message-digest, which then are what is signed. */
  readonly hasAttributes: boolean;
}

/**
 * SignedData of PKCS #7 version 1.5 (RFC 2315, 9) with one signer and its certificate. There is no time in it: equal content
 * and key give equal bytes.
 * @param certificate DER of an X.509 certificate with an RSA key.
 * @returns DER of the SignedData without the ContentInfo around it.
 */
export async function signedData(signed: SignedContent, certificate: Buffer, sign: Sign): Promise<Buffer> {
  const { type, content, digested, hasAttributes } = signed;
  const attributes = sortedContents(
    sequence(oid(contentTypeAttribute), setOf(oid(type))),
    sequence(oid(messageDigestAttribute), setOf(der(tag.octetString, sha256(digested)))),
  );
  // Signed as a SET OF, written as [0] IMPLICIT (RFC 2315, 9.3).
  const signature = await sign(hasAttributes ? der(tag.set, attributes) : digested);
  const signer = sequence(
    integer(1),
    issuerAndSerialNumber(certificate),
    sha256Algorithm,
    ...(hasAttributes ? [tagged(0, attributes)] : []),
    rsaAlgorithm,
    der(tag.octetString, signature),
  );
  return sequence(
    integer(1),
    setOf(sha256Algorithm),
    sequence(oid(type), ...(content === undefined ? [] : [tagged(0, content)])),
    tagged(0, certificate),
    setOf(signer),
  );
}

/** ContentInfo (RFC 2315, 7) of a SignedData. */
export function contentInfo(data: Buffer): Buffer {
  return sequence(oid(signedDataType), tagged(0, data));
}

function sortedContents(...values: readonly Buffer[]): Buffer {
  return Buffer.concat(values.toSorted((a, b) => Buffer.compare(a, b)));
}

/** Of a certificate (RFC 5280, 4.1): the serial number comes after the version, the issuer after the algorithm. */
function issuerAndSerialNumber(certificate: Buffer): Buffer {
  const [outer] = readDer(certificate);
  const [body] = readDer(outer?.contents ?? Buffer.alloc(0));
  const fields = readDer(body?.contents ?? Buffer.alloc(0));
  const [serial, , issuer] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
  if (serial === undefined || issuer === undefined) throw new RangeError('no X.509 certificate');
  return sequence(issuer.whole, serial.whole);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/**
 * DER of a certificate in PEM or DER.
 * @throws Error of node:crypto when it is neither; RangeError when its key is not RSA.
 */
export function certificateDer(bytes: Uint8Array): Buffer {
  const certificate = new X509Certificate(bytes);
  const { asymmetricKeyType } = certificate.publicKey;
  if (asymmetricKeyType !== 'rsa') throw new RangeError(`a certificate of ${asymmetricKeyType}, not RSA`);
  return certificate.raw;
}
