// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, statfsSync } from 'node:fs';

const cgroup2Magic = 0x63677270;

/** Mount point of the cgroup v2 hierarchy: alone, or beside v1's controllers. */
export function cgroupRoot(): string {
  const root = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((path) => statfsSync(path).type === cgroup2Magic);
  if (root === undefined) throw new Error('this host has no cgroup v2');
  return root;
}

/** Paths of all cgroups whose path contains `text`, relative to the root. */
export function cgroupsNamed(text: string): readonly string[] {
  const folders = readdirSync(cgroupRoot(), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  return folders.map((entry) => `${entry.parentPath}/${entry.name}`).filter((path) => path.includes(text));
}
