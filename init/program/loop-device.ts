// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// loop(4) and include/uapi/linux/loop.h.

import { errnoOf, isPresent } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDWR } from '../linux.ts';
import type { Sys } from '../sys.ts';
import { Failure } from './failure.ts';

const control = '/dev/loop-control';
const LOOP_CTL_ADD = 0x4c80;
const LOOP_CTL_GET_FREE = 0x4c82;
const LOOP_CONFIGURE = 0x4c0a;
/** struct loop_config: the file's descriptor, the block size, struct loop_info64 and 64 bytes that are reserved. */
const configSize = 304;
const nameAt = 64;
const nameSize = 63;

/**
 * Makes a file the content of a loop device, "/dev/loop0" or the next free one where `wanted` is undefined; returns its path. Throws
 * Failure where the device has another file already.
 */
export function attachLoop(sys: Sys, file: string, wanted?: string): string {
  const device = wanted ?? `/dev/loop${freeNumber(sys)}`;
  const number = /^\/dev\/loop([0-9]{1,7})$/.exec(device)?.[1];
  if (!isPresent(sys, device)) {
    if (number === undefined) {
      throw new Failure(`making "${file}" a device: expected a device /dev/loopN, found "${device}"`);
    }
    makeDevice(sys, Number(number));
  }
  const config = new Uint8Array(configSize);
  const backing = sys.openat(AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0);
  try {
    new DataView(config.buffer).setUint32(0, backing, true);
    config.set(sys.encodeUtf8(file).subarray(0, nameSize), nameAt);
    const fd = sys.openat(AT_FDCWD, device, O_RDWR | O_CLOEXEC, 0);
    try {
      sys.ioctlBytes(fd, LOOP_CONFIGURE, config);
    } catch (error) {
      if (errnoOf(error) !== 'EBUSY') throw error;
      throw new Failure(
        `making "${file}" the device ${device}: expected it to be free, found it in use`,
        'name another device',
      );
    } finally {
      sys.close(fd);
    }
  } finally {
    sys.close(backing);
  }
  return device;
}

function freeNumber(sys: Sys): number {
  return withControl(sys, (fd) => sys.ioctlInt(fd, LOOP_CTL_GET_FREE, 0));
}

/** The kernel makes its node as well. */
function makeDevice(sys: Sys, number: number): void {
  withControl(sys, (fd) => {
    try {
      sys.ioctlInt(fd, LOOP_CTL_ADD, number);
    } catch (error) {
      // Loading the driver, which opening this did, makes the first ones.
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  });
}

/** Opening it makes the kernel load the driver; PID 1 has made its node. */
function withControl<T>(sys: Sys, act: (fd: number) => T): T {
  if (!isPresent(sys, control)) {
    throw new Failure(
      `asking for a loop device: expected "${control}", found nothing`,
      'the kernel has no loop devices, or /dev is not bound',
    );
  }
  const fd = sys.openat(AT_FDCWD, control, O_RDWR | O_CLOEXEC, 0);
  try {
    return act(fd);
  } finally {
    sys.close(fd);
  }
}
