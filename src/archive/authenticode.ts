// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { der, oid, sequence, tag, tagged } from './der.ts';
import { contentInfo, sha256Algorithm, type Sign, signedData } from './pkcs7.ts';

const indirectData = '1.3.6.1.4.1.311.2.1.4';
const peImageData = '1.3.6.1.4.1.311.2.1.15';
/** WIN_CERTIFICATE: revision 2.0, type PKCS signed data (PE Format, "The Attribute Certificate Table"). */
const [revision, pkcsSignedData] = [0x0200, 0x0002];

/**
 * The certificate table of a signed PE image: what is appended to it, at a multiple of eight bytes, and named in its header.
 * There is no time in it, so that equal images and keys give equal bytes.
 * @param digest SHA-256 of the image as Authenticode has it (see peDigests).
 * @param certificate DER of the signer's.
 * @throws what `sign` throws.
 */
export async function certificateTable(digest: Buffer, certificate: Buffer, sign: Sign): Promise<Buffer> {
  const signature = await signatureOf(digest, certificate, sign);
  const length = 8 + signature.length;
  const table = Buffer.alloc(length + (-length & 7));
  table.writeUInt32LE(table.length, 0);
  table.writeUInt16LE(revision, 4);
  table.writeUInt16LE(pkcsSignedData, 6);
  signature.copy(table, 8);
  return table;
}

/** SpcIndirectDataContent with nothing but the digest, in a SignedData. */
async function signatureOf(digest: Buffer, certificate: Buffer, sign: Sign): Promise<Buffer> {
  const obsolete = Buffer.from('<<<Obsolete>>>', 'utf16le').swap16();
  const link = tagged(0, tagged(2, der(0x80, obsolete)));
  const parts = [
    sequence(oid(peImageData), sequence(der(tag.bitString, Buffer.from([0])), link)),
    sequence(sha256Algorithm, der(tag.octetString, digest)),
  ];
  // What is digested is the value without its tag and length (RFC 2315, 9.3).
  const signed = {
    type: indirectData,
    content: sequence(...parts),
    digested: Buffer.concat(parts),
    hasAttributes: true,
  };
  return contentInfo(await signedData(signed, certificate, sign));
}
