// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The root of a container without a mount namespace: it is mounted in the runtime's, where nothing takes it away when the
// container ends.

import { errnoOf } from '../../files.ts';
import { AT_FDCWD, MNT_DETACH } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';

/** The kernel's number of the mount that is uppermost at a path; undefined when nothing is there. */
export function mountAt(sys: Sys, path: string): number | undefined {
  return step(`look for a mount at ${path}`, () => {
    try {
      return Number(sys.statx(AT_FDCWD, path, 0).mountId);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  });
}

/** Unmounts a container's root with all that is mounted in it, if it is still the mount that it was. */
export function releaseHostRoot(sys: Sys, path: string, mount: number): void {
  if (mountAt(sys, path) === mount) step(`unmount the root ${path}`, () => sys.umount2(path, MNT_DETACH));
}
