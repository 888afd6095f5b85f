// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf } from '../files.ts';
import type { Coldplug } from '../boot/coldplug.ts';
import { readUevents, type Uevent } from '../boot/uevents.ts';
import { EPOLLIN } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Console } from './console.ts';
import type { Loop } from './loop.ts';
import type { PowerButtons } from './power-button.ts';

/** Who else wants to know of devices. */
export interface DeviceListeners {
  readonly buttons: PowerButtons;
  /** Looks which virtio-serial ports there are. */
  readonly ports: { look(): void };
}

/**
 * Seconds after which drivers are loaded that no container waits for, so that they do not compete with its start. Also from
 * the first event that was left out until all devices are looked through: where one is left out, more are.
 */
const settleSeconds = 1;

/**
 * Gives `load` the modaliases of devices that appear while the system runs, after a moment those that were put off, and listens
 * to new power buttons and ports. `uevents` is absent on a kernel that tells nothing.
 */
export function watchDevices(
  sys: Sys,
  loop: Loop,
  console: Console,
  uevents: number | undefined,
  coldplug: Coldplug | undefined,
  load: (modaliases: readonly string[]) => void,
  { buttons, ports }: DeviceListeners,
): void {
  let willLookThrough = false;

  function listen(event: Uevent): void {
    const name = event.get('DEVNAME');
    if (event.get('SUBSYSTEM') === 'input' && name?.startsWith('input/event') === true) {
      buttons.add(name.slice('input/'.length));
    }
  }

  function onAdded(events: readonly Uevent[]): void {
    if (coldplug !== undefined) load(coldplug.take(events.flatMap((event) => event.get('MODALIAS') ?? [])));
    for (const event of events) listen(event);
  }

  function lookThroughSoon(): void {
    if (coldplug === undefined || willLookThrough) return;
    willLookThrough = true;
    loop.after(settleSeconds, () => {
      willLookThrough = false;
      orWarn(() => {
        coldplug.loadPresent(undefined);
        ports.look();
      });
    });
  }

  function onReadable(socket: number): void {
    const events = readUevents(sys, socket);
    if (events === 'overflow') return lookThroughSoon();
    onAdded(events.filter((event) => event.get('ACTION') === 'add'));
    // A port's name comes after it, with a "change".
    if (events.some((event) => event.get('SUBSYSTEM') === 'virtio-ports')) ports.look();
  }

  /** A device or its driver that makes difficulties is a warning; a fault of ours is not. */
  function orWarn(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      console.warn(`devices: ${describeError(error)}`);
    }
  }

  if (uevents !== undefined) loop.watch(uevents, EPOLLIN, () => orWarn(() => onReadable(uevents)));
  if (coldplug !== undefined) loop.after(settleSeconds, () => load(coldplug.takeDeferred()));
}
