// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describeError, errnoOf, listFolder, readAt } from '../../files.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import type { Medium } from './medium.ts';
import { openMedium } from './open-medium.ts';

/** A device with a file system that could be read. */
export interface Device {
  /** "/dev/sr0" */
  readonly node: string;
  readonly isDisc: boolean;
  readonly medium: Medium;
}

const blockDevices = '/sys/class/block';
/** Made of memory or of files: nobody outside has put anything there. */
const inside = /^(?:loop|ram|zram)\d/;
/** A drive without a disc. */
const empty = new Set(['ENOMEDIUM', 'ENXIO', 'ENODEV', 'ENOENT']);

/**
 * Calls `visit` with each device of the system that has a file system which is known here, discs last, until it returns something. What
 * could not be read is told to `onError`.
 */
export function visitDevices<T>(
  sys: Sys,
  visit: (device: Device) => T | undefined,
  onError: (problem: string) => void,
): T | undefined {
  const names = listFolder(sys, blockDevices).filter((name) => !inside.test(name));
  const order = (name: string): string => `${isDisc(name) ? 1 : 0}${name}`;
  for (const name of names.sort((one, other) => (order(one) < order(other) ? -1 : 1))) {
    // The kernel writes a name's slashes so in /sys.
    const node = `/dev/${name.replaceAll('!', '/')}`;
    const found = withMedium(sys, node, (medium) => visit({ node, isDisc: isDisc(name), medium }), onError);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isDisc(name: string): boolean {
  return /^sr\d/.test(name);
}

function withMedium<T>(
  sys: Sys,
  node: string,
  act: (medium: Medium) => T | undefined,
  onError: (problem: string) => void,
): T | undefined {
  let fd = -1;
  try {
    fd = sys.openat(AT_FDCWD, node, O_RDONLY | O_CLOEXEC, 0);
    const medium = openMedium((offset, length) => readAt(sys, fd, offset, length));
    return medium === undefined ? undefined : act(medium);
  } catch (error) {
    // A system call says which by itself; what a reader makes of damaged bytes does not.
    if (!empty.has(errnoOf(error) ?? '')) onError(`reading ${node}: ${describeError(error)}`);
    return undefined;
  } finally {
    if (fd >= 0) sys.close(fd);
  }
}
