// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf, makeFolder } from '../files.ts';
import { AT_FDCWD } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** Links that the kernel's devtmpfs does not make and that programs expect (Documentation/admin-guide/devices.rst). */
const deviceLinks: readonly (readonly [path: string, target: string])[] = [
  ['/dev/fd', '/proc/self/fd'],
  ['/dev/stdin', '/proc/self/fd/0'],
  ['/dev/stdout', '/proc/self/fd/1'],
  ['/dev/stderr', '/proc/self/fd/2'],
  ['/dev/core', '/proc/kcore'],
];

/**
 * Makes the links of /dev that are not there yet, and the folder of input devices: their drivers come after the containers
 * (coldplug.ts), and a program that waits for the devices watches it.
 */
export function linkDevices(sys: Sys): void {
  makeFolder(sys, '/dev/input', 0o755);
  for (const [path, target] of deviceLinks) {
    try {
      sys.symlinkat(target, AT_FDCWD, path);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  }
}
