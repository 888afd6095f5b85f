// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Modules } from '../boot/modules.ts';
import type { Mount } from '../contract/runtime-config.ts';

/**
 * Loads the file systems that mounts need. The kernel would ask for them through its helper, a process each; here the index
 * is open already.
 */
export function loadFileSystems(modules: Modules | undefined, mounts: readonly Mount[]): void {
  for (const { type } of mounts) {
    if (type !== undefined && type !== 'bind') modules?.loadByAlias(`fs-${type}`);
  }
}
