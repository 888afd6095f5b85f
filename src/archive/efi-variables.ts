// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { efiTime, secureAttributes, type SecureVariable, vendorOf } from './efi-signature.ts';
import { guidBytes } from './guid.ts';

/** EFI_SYSTEM_NV_DATA_FV_GUID, and gEfiAuthenticatedVariableGuid: the format of edk2's variable store. */
const volumeType = 'fff12b8d-7696-4c8b-a985-2747075b4f50';
const storeType = 'aaf32c78-947b-439a-a180-2e144ec37792';
const secureBootEnableVendor = 'f0a30bc7-af08-4556-99c4-001009c93a44';
const startId = 0x55aa;
/** VAR_ADDED */
const added = 0x3f;
/** NON_VOLATILE and BOOTSERVICE_ACCESS. */
const bootServiceAttributes = 0x03;
const [storeHeaderSize, variableHeaderSize] = [28, 60];

interface Variable {
  readonly name: string;
  readonly vendor: string;
  readonly attributes: number;
  readonly time: Buffer;
  readonly value: Buffer;
}

/**
 * Enrols keys in the variables of an edk2 firmware: what it has afterwards is user mode with Secure Boot enforced (UEFI, 32.3).
 * @param template content of an empty OVMF_VARS; it is not changed.
 * @throws RangeError for what is no such store, holds variables already or is too small.
 */
export function enrol(template: Buffer, variables: readonly SecureVariable[], seconds: number): Buffer {
  const store = Buffer.from(template);
  const start = storeStart(store);
  const size = store.readUInt32LE(start + 16);
  let at = start + storeHeaderSize;
  if (store.readUInt16LE(at) !== 0xffff) throw new RangeError('the store of variables is not empty');
  const secure = variables.map(
    ({ name, value }): Variable => ({
      name,
      vendor: vendorOf(name),
      attributes: secureAttributes,
      time: efiTime(seconds),
      value,
    }),
  );
  const enable: Variable = {
    name: 'SecureBootEnable',
    vendor: secureBootEnableVendor,
    attributes: bootServiceAttributes,
    time: Buffer.alloc(16),
    value: Buffer.from([1]),
  };
  for (const variable of [...secure, enable]) {
    const bytes = encode(variable);
    if (at + bytes.length > start + size) throw new RangeError('the store of variables is too small');
    bytes.copy(store, at);
    at += bytes.length;
  }
  return store;
}

/** Behind the header of the firmware volume (PI, volume 3, 3.2.1). */
function storeStart(store: Buffer): number {
  const isVolume = store.length > 100 && store.subarray(16, 32).equals(guidBytes(volumeType));
  const start = isVolume ? store.readUInt16LE(48) : 0;
  if (
    !isVolume ||
    start + storeHeaderSize > store.length ||
    !store.subarray(start, start + 16).equals(guidBytes(storeType))
  )
    throw new RangeError('no store of authenticated variables');
  return start;
}

/** AUTHENTICATED_VARIABLE_HEADER (edk2, VariableFormat.h), name with its NUL, value; padded to 4 with what is erased flash. */
function encode({ name, vendor, attributes, time, value }: Variable): Buffer {
  const text = Buffer.from(`${name}\0`, 'utf16le');
  const size = variableHeaderSize + text.length + value.length;
  const bytes = Buffer.alloc(size + (-size & 3), 0xff);
  bytes.fill(0, 0, variableHeaderSize);
  bytes.writeUInt16LE(startId, 0);
  bytes[2] = added;
  bytes.writeUInt32LE(attributes, 4);
  time.copy(bytes, 16);
  bytes.writeUInt32LE(text.length, 36);
  bytes.writeUInt32LE(value.length, 40);
  guidBytes(vendor).copy(bytes, 44);
  text.copy(bytes, variableHeaderSize);
  value.copy(bytes, variableHeaderSize + text.length);
  return bytes;
}
