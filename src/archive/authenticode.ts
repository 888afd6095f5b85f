// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { der, oid, sequence, tag, tagged } from './der.ts';
import { contentInfo, sha256Algorithm, type Sign, signedData } from './pkcs7.ts';

/** Where in a PE file lies what its signature leaves out, or is written by it (PE Format, Optional Header). */
interface Layout {
  readonly checksum: number;
  /** Of the data directory's entry for the certificate table. */
  readonly directory: number;
}

const indirectData = '1.3.6.1.4.1.311.2.1.4';
const peImageData = '1.3.6.1.4.1.311.2.1.15';
const certificateDirectory = 4;
/** WIN_CERTIFICATE: revision 2.0, type PKCS signed data. */
const [revision, pkcsSignedData] = [0x0200, 0x0002];
const blockSize = 1 << 20;
const headSize = 4096;

/**
 * The SHA-256 by which UEFI knows a PE image (Windows Authenticode Portable Executable Signature Format): all of the file
 * except its checksum and the certificate table with its directory entry, padded to 8 bytes. That is what is signed, and what
 * firmware measures.
 * @throws RangeError for what is no PE image.
 */
export async function authenticodeDigest(file: FileHandle): Promise<Buffer> {
  const layout = await readLayout(file);
  const size = await unsignedSize(file, layout);
  const hash = createHash('sha256');
  const skipped = [
    [layout.checksum, 4],
    [layout.directory, 8],
  ] as const;
  const buffer = Buffer.allocUnsafe(blockSize);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(blockSize, size - done), done);
    if (bytesRead === 0) throw new RangeError('the file was cut while it was read');
    let from = done;
    for (const [offset, length] of skipped) {
      if (offset < from || offset >= done + bytesRead) continue;
      hash.update(buffer.subarray(from - done, offset - done));
      from = offset + length;
    }
    hash.update(buffer.subarray(from - done, bytesRead));
    done += bytesRead;
  }
  return hash.update(Buffer.alloc(padding(size))).digest();
}

/**
 * Signs a PE image in place: appends a certificate table and names it in the header. An image that has one already is refused.
 * @param certificate DER of the signer's.
 * @throws RangeError for what is no PE image or is signed, and what `sign` throws.
 */
export async function signImage(file: FileHandle, certificate: Buffer, sign: Sign): Promise<void> {
  const layout = await readLayout(file);
  const { size } = await file.stat();
  if ((await unsignedSize(file, layout)) !== size) throw new RangeError('the image is signed already');
  const signature = await signatureOf(await authenticodeDigest(file), certificate, sign);
  const length = 8 + signature.length;
  const table = Buffer.alloc(length + padding(length));
  table.writeUInt32LE(table.length, 0);
  table.writeUInt16LE(revision, 4);
  table.writeUInt16LE(pkcsSignedData, 6);
  signature.copy(table, 8);
  const offset = size + padding(size);
  await file.write(Buffer.concat([Buffer.alloc(padding(size)), table]), 0, undefined, size);
  const entry = Buffer.alloc(8);
  entry.writeUInt32LE(offset, 0);
  entry.writeUInt32LE(table.length, 4);
  await file.write(entry, 0, 8, layout.directory);
  await writeChecksum(file, layout.checksum);
}

/** SpcIndirectDataContent with nothing but the digest, in a SignedData. */
async function signatureOf(digest: Buffer, certificate: Buffer, sign: Sign): Promise<Buffer> {
  const obsolete = Buffer.from('<<<Obsolete>>>', 'utf16le').swap16();
  const link = tagged(0, tagged(2, der(0x80, obsolete)));
  const content = sequence(
    sequence(oid(peImageData), sequence(der(tag.bitString, Buffer.from([0])), link)),
    sequence(sha256Algorithm, der(tag.octetString, digest)),
  );
  // What is digested is the value without its tag and length (RFC 2315, 9.3).
  const digested = content.subarray(content.length < 130 ? 2 : 3);
  const signed = { type: indirectData, content, digested, hasAttributes: true };
  return contentInfo(await signedData(signed, certificate, sign));
}

async function readLayout(file: FileHandle): Promise<Layout> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(headSize), position: 0 });
  const head = buffer.subarray(0, bytesRead);
  const start = bytesRead >= 64 && head.toString('latin1', 0, 2) === 'MZ' ? head.readUInt32LE(0x3c) : bytesRead;
  if (start + 24 + 160 > bytesRead || head.readUInt32BE(start) !== 0x50450000) throw new RangeError('no PE image');
  const optional = start + 24;
  const magic = head.readUInt16LE(optional);
  if (magic !== 0x20b && magic !== 0x10b) throw new RangeError('no PE image');
  const directories = optional + (magic === 0x20b ? 112 : 96);
  if (head.readUInt32LE(directories - 4) <= certificateDirectory)
    throw new RangeError('a PE image without place for a signature');
  return { checksum: optional + 64, directory: directories + 8 * certificateDirectory };
}

/** Bytes before the certificate table, which ends the file. */
async function unsignedSize(file: FileHandle, { directory }: Layout): Promise<number> {
  const { buffer } = await file.read({ buffer: Buffer.alloc(8), position: directory });
  const [offset, length] = [buffer.readUInt32LE(0), buffer.readUInt32LE(4)];
  const { size } = await file.stat();
  return length === 0 ? size : offset;
}

/** The sum of all 16-bit words with the carry added, and the file's size (ImageHlp's CheckSumMappedFile). */
async function writeChecksum(file: FileHandle, at: number): Promise<void> {
  await file.write(Buffer.alloc(4), 0, 4, at);
  const { size } = await file.stat();
  const buffer = Buffer.alloc(blockSize);
  let sum = 0;
  for (let done = 0; done < size; done += blockSize) {
    const { bytesRead } = await file.read(buffer, 0, blockSize, done);
    buffer.fill(0, bytesRead);
    const words = new Uint16Array(buffer.buffer, buffer.byteOffset, Math.ceil(bytesRead / 2));
    for (const word of words) sum += word;
    while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  }
  const field = Buffer.alloc(4);
  field.writeUInt32LE(sum + size);
  await file.write(field, 0, 4, at);
}

function padding(size: number): number {
  return -size & 7;
}
