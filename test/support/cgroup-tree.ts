// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, statfsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const cgroup2Magic = 0x63677270;

/** Mount point of the cgroup v2 hierarchy: alone, or beside v1's controllers. */
export function cgroupRoot(): string {
  const root = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((path) => statfsSync(path).type === cgroup2Magic);
  if (root === undefined) throw new Error('this host has no cgroup v2');
  return root;
}

/** Paths of all cgroups whose path contains `text`. Those of others may go while this looks. */
export function cgroupsNamed(text: string, folder: string = cgroupRoot()): readonly string[] {
  return foldersIn(folder).flatMap((path) => [...(path.includes(text) ? [path] : []), ...cgroupsNamed(text, path)]);
}

function foldersIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** What a file of a process's cgroup says: of the controller's own hierarchy where it is bound to version 1, else of version 2. */
export async function cgroupFile(
  pid: number,
  controller: string,
  names: { readonly v1: string; readonly v2: string },
): Promise<string> {
  const lines = (await readFile(`/proc/${pid}/cgroup`, 'utf8')).trimEnd().split('\n');
  const rows = lines.map((line) => /^\d+:([^:]*):(.*)$/.exec(line)?.slice(1) ?? []);
  const v1 = rows.find(([controllers]) => controllers?.split(',').includes(controller) === true)?.[1];
  const v2 = rows.find(([controllers]) => controllers === '')?.[1] ?? '';
  const file = v1 === undefined ? join(cgroupRoot(), v2, names.v2) : join('/sys/fs/cgroup', controller, v1, names.v1);
  return (await readFile(file, 'utf8')).trimEnd();
}
