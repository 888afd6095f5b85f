// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf, listFolder } from '../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Modules } from './modules.ts';

/**
 * Loads modules for the devices that the kernel found before there was anyone to tell: those of each bus, and the two classes whose devices have
 * a modalias without being on a bus. A driver may bring devices of its own (virtio_pci those of the virtio bus), so it is
 * repeated until nothing new appears. Returns the number of different modaliases seen.
 */
export function loadForPresentDevices(sys: Sys, modules: Modules): number {
  const seen = new Set<string>();
  const buffer = new Uint8Array(4096);
  for (let before = -1; before < seen.size; ) {
    before = seen.size;
    const folders = listFolder(sys, '/sys/bus').map((bus) => `/sys/bus/${bus}/devices`);
    for (const folder of [...folders, '/sys/class/input', '/sys/class/dmi']) {
      for (const device of listFolder(sys, folder)) {
        const modalias = readModalias(sys, `${folder}/${device}/modalias`, buffer);
        if (modalias === '' || seen.has(modalias)) continue;
        seen.add(modalias);
        modules.loadByAlias(modalias);
      }
    }
  }
  return seen.size;
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
