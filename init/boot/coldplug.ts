// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf, listFolder, readTextIfPresent } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Modules } from './modules.ts';
import { readUevents } from './uevents.ts';

/**
 * Devices that no container waits for: processors, buttons, keyboards and mice, the board itself, QEMU's configuration device,
 * virtio's serial ports. Their drivers take as long to load as those of disks and network, so they come after the containers had
 * their start.
 */
const deferred = [
  'cpu:',
  'acpi:ACPI0007',
  'acpi:LNXCPU',
  'acpi:LNXPWRBN',
  'acpi:LNXSLPBN',
  'acpi:PNP0C0C',
  'acpi:PNP0C0E',
  'acpi:QEMU0002',
  'dmi:',
  'input:',
  'serio:',
  'virtio:d00000003v',
];

/** The virtio device for random numbers; put off as well when the kernel has what it needs from the processor or firmware. */
const randomDevice = 'virtio:d00000004v';
/** The kernel's random generator is ready at this value of entropy_avail (drivers/char/random.c; random(4)). */
const enoughEntropy = 256;

/** Loads modules for devices by their modalias. */
export interface Coldplug {
  /**
   * For the devices that the kernel found before there was anyone to tell. A driver may bring devices of its own (virtio_pci
   * those of the virtio bus): of these the kernel tells on `uevents`; without that the devices are looked through until
   * nothing new appears.
   */
  loadPresent(uevents: number | undefined): void;
  /** Of devices that the kernel tells of, those whose modules are to be loaded now. */
  take(modaliases: readonly string[]): string[];
  /** Those that were put off; from now on none is. */
  takeDeferred(): string[];
}

/** Each modalias is taken once. */
export function createColdplug(sys: Sys, modules: Modules): Coldplug {
  const putOff = isRandomReady(sys) ? [...deferred, randomDevice] : deferred;
  const seen = new Set<string>();
  let later: Set<string> | undefined = new Set();
  const buffer = new Uint8Array(4096);

  /** False for one that was taken before or is put off. */
  function isDue(modalias: string): boolean {
    if (seen.has(modalias)) return false;
    if (later !== undefined && putOff.some((start) => modalias.startsWith(start))) {
      later.add(modalias);
      return false;
    }
    seen.add(modalias);
    return true;
  }

  function loadFor(modalias: string): void {
    if (isDue(modalias)) modules.loadByAlias(modalias);
  }

  function lookThrough(): void {
    for (const folder of deviceFolders(sys)) {
      for (const device of listFolder(sys, folder)) {
        const modalias = readModalias(sys, `${folder}/${device}/modalias`, buffer);
        if (modalias !== '') loadFor(modalias);
      }
    }
  }

  function lookThroughUntilKnown(): void {
    for (let before = -1; before < seen.size; ) {
      before = seen.size;
      lookThrough();
    }
  }

  function loadPresent(uevents: number | undefined): void {
    if (uevents === undefined) {
      lookThroughUntilKnown();
      return;
    }
    lookThrough();
    for (let events = readUevents(sys, uevents); events.length > 0; events = readUevents(sys, uevents)) {
      if (events === 'overflow') {
        lookThroughUntilKnown();
        return;
      }
      for (const event of events) {
        const modalias = event.get('MODALIAS');
        if (modalias !== undefined && event.get('ACTION') === 'add') loadFor(modalias);
      }
    }
  }

  return {
    loadPresent,
    take: (modaliases) => modaliases.filter(isDue),
    takeDeferred() {
      const modaliases = [...(later ?? [])];
      later = undefined;
      return modaliases.filter(isDue);
    },
  };
}

/** Otherwise programs wait at their first random number, for which the driver of a random device is worth loading first. */
function isRandomReady(sys: Sys): boolean {
  return Number(readTextIfPresent(sys, '/proc/sys/kernel/random/entropy_avail')) >= enoughEntropy;
}

/** The kernel's own "buses": parts of the machine, many of them on a large one, and none with a modalias. */
const withoutModaliases = new Set([
  'clockevents',
  'clocksource',
  'container',
  'cpu',
  'edac',
  'event_source',
  'gpio',
  'machinecheck',
  'memory',
  'memory_tiering',
  'node',
  'pci_express',
  'pnp',
  'workqueue',
]);

/** The devices of each bus, and the classes whose devices have a modalias without being on a bus. */
function deviceFolders(sys: Sys): string[] {
  const buses = listFolder(sys, '/sys/bus').filter((bus) => !withoutModaliases.has(bus));
  // /sys/devices/system/cpu stands for all processors.
  return [
    ...buses.map((bus) => `/sys/bus/${bus}/devices`),
    '/sys/class/input',
    '/sys/class/dmi',
    '/sys/devices/system',
  ];
}

/** The modalias, or '' where there is none. One read is enough for a file of /sys. */
function readModalias(sys: Sys, path: string, buffer: Uint8Array): string {
  let fd: number;
  try {
    fd = sys.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return '';
  }
  try {
    return sys.decodeUtf8(buffer.subarray(0, sys.read(fd, buffer))).trimEnd();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return '';
  } finally {
    sys.close(fd);
  }
}
