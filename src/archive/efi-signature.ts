// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { guidBytes } from './guid.ts';
import { dataType, type Sign, signedData } from './pkcs7.ts';

/** A variable of UEFI's that Secure Boot reads. */
export interface SecureVariable {
  readonly name: 'PK' | 'KEK' | 'db' | 'dbx';
  /** EFI_SIGNATURE_LISTs. */
  readonly value: Buffer;
}

/** EFI_GLOBAL_VARIABLE and EFI_IMAGE_SECURITY_DATABASE_GUID (UEFI, 3.3 and 32.4.1). */
const globalVendor = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
const databaseVendor = 'd719b2cb-3d3a-4596-a3bc-dad00e67656f';
const x509Type = 'a5c059a1-94e4-4aa7-87b5-ab155c2bf072';
const pkcs7Type = '4aafd29d-68df-49ee-8aa9-347d375665a7';
/** NON_VOLATILE, BOOTSERVICE_ACCESS, RUNTIME_ACCESS, TIME_BASED_AUTHENTICATED_WRITE_ACCESS. */
export const secureAttributes = 0x27;
/** WIN_CERT_TYPE_EFI_GUID */
const guidCertificate = 0x0ef1;

/** The namespace of a variable. */
export function vendorOf(name: SecureVariable['name']): string {
  return name === 'PK' || name === 'KEK' ? globalVendor : databaseVendor;
}

/** EFI_SIGNATURE_LIST with one X.509 certificate (UEFI, 32.4.1). `owner` is a GUID in text, `certificate` DER. */
export function signatureList(certificate: Buffer, owner: string): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32LE(28 + 16 + certificate.length, 0);
  header.writeUInt32LE(16 + certificate.length, 8);
  return Buffer.concat([guidBytes(x509Type), header, guidBytes(owner), certificate]);
}

/** EFI_TIME of a point in time, in UTC; nanoseconds, zone and daylight are 0 as authentication wants (UEFI, 8.2.2). */
export function efiTime(seconds: number): Buffer {
  const date = new Date(seconds * 1000);
  const time = Buffer.alloc(16);
  time.writeUInt16LE(date.getUTCFullYear(), 0);
  time.set(
    [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()],
    2,
  );
  return time;
}

/**
 * A signed update of a variable: EFI_VARIABLE_AUTHENTICATION_2 and the value (UEFI, 8.2.2), the content of a .auth file.
 * @param certificate DER of the certificate whose key signs: PK's for PK and KEK, KEK's for db.
 */
export async function signedUpdate(
  { name, value }: SecureVariable,
  seconds: number,
  certificate: Buffer,
  sign: Sign,
): Promise<Buffer> {
  const time = efiTime(seconds);
  const attributes = Buffer.alloc(4);
  attributes.writeUInt32LE(secureAttributes);
  const digested = Buffer.concat([Buffer.from(name, 'utf16le'), guidBytes(vendorOf(name)), attributes, time, value]);
  const signature = await signedData({ type: dataType, digested, hasAttributes: false }, certificate, sign);
  const header = Buffer.alloc(8);
  header.writeUInt32LE(8 + 16 + signature.length, 0);
  header.writeUInt16LE(0x0200, 4);
  header.writeUInt16LE(guidCertificate, 6);
  return Buffer.concat([time, header, guidBytes(pkcs7Type), signature, value]);
}
