// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf, listFolder, readTextIfPresent } from '../files.ts';
import { AT_FDCWD, EPOLLERR, EPOLLHUP, EPOLLIN, O_CLOEXEC, O_NONBLOCK, O_RDONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Loop } from './loop.ts';

// linux/input-event-codes.h
const EV_KEY = 1;
const KEY_POWER = 116;
/** struct input_event on 64-bit machines: two longs of time, u16 type, u16 code, s32 value. */
const eventSize = 24;
const pressed = 1;

/** Listens for the power button of the ACPI tables, a keyboard or a remote console. */
export interface PowerButtons {
  /** Looks at an input device ("event0") and listens to it when it has a power key. */
  add(name: string): void;
}

/** Power buttons that are there now; `add` takes one that comes later. `onPress` is called at each press. */
export function watchPowerButtons(sys: Sys, loop: Loop, onPress: () => void): PowerButtons {
  function read(fd: number, events: number): void {
    const buffer = new Uint8Array(eventSize * 16);
    try {
      const length = sys.read(fd, buffer);
      if (length === 0 || (events & (EPOLLERR | EPOLLHUP)) !== 0) close(fd);
      if (hasPress(buffer.subarray(0, length))) onPress();
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      // ENODEV: it was unplugged.
      if (errno !== 'EAGAIN') close(fd);
    }
  }

  function close(fd: number): void {
    loop.unwatch(fd);
    sys.close(fd);
  }

  function open(name: string): void {
    if (!hasPowerKey(readTextIfPresent(sys, `/sys/class/input/${name}/device/capabilities/key`) ?? '')) return;
    const fd = sys.openat(AT_FDCWD, `/dev/input/${name}`, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
    loop.watch(fd, EPOLLIN, (events) => read(fd, events));
  }

  const buttons: PowerButtons = {
    add(name) {
      try {
        open(name);
      } catch (error) {
        // It may be gone again.
        if (errnoOf(error) === undefined) throw error;
      }
    },
  };
  for (const name of listFolder(sys, '/sys/class/input')) if (name.startsWith('event')) buttons.add(name);
  return buttons;
}

/** The bitmap of /sys: 64-bit words in hexadecimal, the highest first. */
export function hasPowerKey(bitmap: string): boolean {
  const words = bitmap.trim().split(' ').reverse();
  const word = BigInt(`0x${words[Math.floor(KEY_POWER / 64)] ?? '0'}`);
  return ((word >> BigInt(KEY_POWER % 64)) & 1n) === 1n;
}

function hasPress(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + eventSize <= bytes.length; at += eventSize) {
    const type = view.getUint16(at + 16, true);
    const code = view.getUint16(at + 18, true);
    if (type === EV_KEY && code === KEY_POWER && view.getInt32(at + 20, true) === pressed) return true;
  }
  return false;
}
