// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { loadForPresentDevices } from '../boot/coldplug.ts';
import type { Modules } from '../boot/modules.ts';
import { readUevents, type Uevent } from '../boot/uevents.ts';
import { describeError } from '../files.ts';
import { EPOLLIN } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Console } from './console.ts';
import type { Loop } from './loop.ts';
import type { PowerButtons } from './power-button.ts';

/** Loads modules for devices that appear while the system runs, and listens to new power buttons. */
export function watchDevices(
  sys: Sys,
  loop: Loop,
  console: Console,
  socket: number,
  modules: Modules | undefined,
  buttons: PowerButtons,
): void {
  function onEvent(event: Uevent): void {
    if (event.get('ACTION') !== 'add') return;
    const modalias = event.get('MODALIAS');
    if (modalias !== undefined) modules?.loadByAlias(modalias);
    const name = event.get('DEVNAME');
    if (event.get('SUBSYSTEM') === 'input' && name?.startsWith('input/event') === true) {
      buttons.add(name.slice('input/'.length));
    }
  }

  loop.watch(socket, EPOLLIN, () => {
    try {
      const events = readUevents(sys, socket);
      if (events !== 'overflow') {
        for (const event of events) onEvent(event);
      } else if (modules !== undefined) {
        loadForPresentDevices(sys, modules);
      }
    } catch (error) {
      console.warn(`devices: ${describeError(error)}`);
    }
  });
}
