// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { rmSync } from 'node:fs';

const doomed = new Set<string>();

/**
 * Has a temporary file or folder removed when the process exits before its owner got to it, as a second Ctrl-C makes it do.
 * Call {@link keepAtExit} once it is gone or has its name.
 */
export function removeAtExit(path: string): void {
  if (doomed.size === 0) process.once('exit', removeAll);
  doomed.add(path);
}

/** Takes {@link removeAtExit} back. */
export function keepAtExit(path: string): void {
  doomed.delete(path);
  if (doomed.size === 0) process.off('exit', removeAll);
}

/** What cannot be removed stays: at this point an error would only hide the one that ended the process. */
function removeAll(): void {
  for (const path of doomed) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {}
  }
}
