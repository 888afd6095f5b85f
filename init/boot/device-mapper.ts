// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The kernel's device mapper (include/uapi/linux/dm-ioctl.h): devices made of others by a table.

import { AT_FDCWD, O_CLOEXEC, O_RDWR } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** The one line of a table, which is all that is needed here. */
export interface MappedTarget {
  /** "linear", "verity" */
  readonly type: string;
  /** Bytes of the device. */
  readonly size: number;
  readonly parameters: string;
  /** Otherwise it can only be read. */
  readonly isWritable?: true;
}

/** A device that was made. */
export interface MappedDevice {
  /** "/dev/dm-0" */
  readonly node: string;
  /** "252:0" */
  readonly number: string;
}

const control = '/dev/mapper/control';
const sectorSize = 512;

// struct dm_ioctl and struct dm_target_spec.
const headerSize = 312;
const targetSize = 40;
const offsetOf = { dataSize: 12, dataStart: 16, targetCount: 20, flags: 28, device: 40, name: 48, uuid: 176 } as const;
const DM_READONLY_FLAG = 1;

/** _IOWR(DM_IOCTL, command, struct dm_ioctl) */
const DM_DEV_CREATE = 0xc138fd03;
const DM_DEV_REMOVE = 0xc138fd04;
const DM_DEV_SUSPEND = 0xc138fd06;
const DM_TABLE_LOAD = 0xc138fd09;

/**
 * Makes a device. `uuid` is what others find it by ("CRYPT-VERITY-…-root"). When the table is refused
 * nothing is left behind, and the kernel's log has the reason.
 */
export function mapDevice(sys: Sys, name: string, uuid: string, target: MappedTarget): MappedDevice {
  const fd = sys.openat(AT_FDCWD, control, O_RDWR | O_CLOEXEC, 0);
  try {
    const created = requestFor(sys, name, uuid);
    sys.ioctlBytes(fd, DM_DEV_CREATE, created);
    try {
      sys.ioctlBytes(fd, DM_TABLE_LOAD, tableFor(sys, name, target));
      // Without DM_SUSPEND_FLAG it is the opposite: the table that was loaded becomes the one in use.
      sys.ioctlBytes(fd, DM_DEV_SUSPEND, requestFor(sys, name));
    } catch (error) {
      sys.ioctlBytes(fd, DM_DEV_REMOVE, requestFor(sys, name));
      throw error;
    }
    return deviceOf(created);
  } finally {
    sys.close(fd);
  }
}

function requestFor(sys: Sys, name: string, uuid = '', dataSize = 0): Uint8Array {
  const request = new Uint8Array(headerSize + dataSize);
  const view = new DataView(request.buffer);
  // The version of the interface, 4.0.0: all that is used here is in it.
  view.setUint32(0, 4, true);
  view.setUint32(offsetOf.dataSize, request.length, true);
  view.setUint32(offsetOf.dataStart, headerSize, true);
  request.set(sys.encodeUtf8(name), offsetOf.name);
  request.set(sys.encodeUtf8(uuid), offsetOf.uuid);
  return request;
}

function tableFor(sys: Sys, name: string, { type, size, parameters, isWritable }: MappedTarget): Uint8Array {
  const text = sys.encodeUtf8(parameters);
  // A zero ends the text, and the whole is aligned to eight.
  const dataSize = targetSize + Math.ceil((text.length + 1) / 8) * 8;
  const request = requestFor(sys, name, '', dataSize);
  const view = new DataView(request.buffer);
  view.setUint32(offsetOf.targetCount, 1, true);
  view.setUint32(offsetOf.flags, isWritable === true ? 0 : DM_READONLY_FLAG, true);
  view.setBigUint64(headerSize + 8, BigInt(size / sectorSize), true);
  view.setUint32(headerSize + 20, dataSize, true);
  request.set(sys.encodeUtf8(type), headerSize + 24);
  request.set(text, headerSize + targetSize);
  return request;
}

/** The kernel's number of 32 bits: the minor's low byte, twelve bits of major, the rest of the minor. */
function deviceOf(request: Uint8Array): MappedDevice {
  const device = new DataView(request.buffer).getUint32(offsetOf.device, true);
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  return { node: `/dev/dm-${minor}`, number: `${major}:${minor}` };
}
