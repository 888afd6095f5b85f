// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = '/sys/fs/cgroup';

/** Removes the cgroups of this name that a client leaves behind, empty, at the top of each hierarchy; whatever is still used stays. */
export function removeEmptyCgroups(name: string): void {
  for (const hierarchy of ['', ...readdirSync(root)]) removeBelow(join(root, hierarchy, name));
}

function removeBelow(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeBelow(join(folder, entry.name));
  }
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['EBUSY', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
