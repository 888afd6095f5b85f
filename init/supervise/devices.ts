// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError } from '../files.ts';
import type { Coldplug } from '../boot/coldplug.ts';
import { readUevents, type Uevent } from '../boot/uevents.ts';
import { EPOLLIN } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Console } from './console.ts';
import type { Loop } from './loop.ts';
import type { PowerButtons } from './power-button.ts';

/** Seconds after which drivers are loaded that no container waits for, so that they do not compete with its start. */
const settleSeconds = 1;

/**
 * Loads modules for devices that appear while the system runs, and listens to new power buttons; `uevents` is absent on a kernel
 * that tells nothing. After a moment, loads what was put off.
 */
export function watchDevices(
  sys: Sys,
  loop: Loop,
  console: Console,
  uevents: number | undefined,
  coldplug: Coldplug | undefined,
  buttons: PowerButtons,
): void {
  function onEvent(event: Uevent): void {
    if (event.get('ACTION') !== 'add') return;
    const modalias = event.get('MODALIAS');
    if (modalias !== undefined) coldplug?.loadFor(modalias);
    const name = event.get('DEVNAME');
    if (event.get('SUBSYSTEM') === 'input' && name?.startsWith('input/event') === true) {
      buttons.add(name.slice('input/'.length));
    }
  }

  function onReadable(socket: number): void {
    try {
      const events = readUevents(sys, socket);
      if (events === 'overflow') coldplug?.loadPresent(undefined);
      else for (const event of events) onEvent(event);
    } catch (error) {
      console.warn(`devices: ${describeError(error)}`);
    }
  }

  if (uevents !== undefined) loop.watch(uevents, EPOLLIN, () => onReadable(uevents));
  if (coldplug !== undefined) loop.after(settleSeconds, () => coldplug.loadDeferred());
}
