// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, readFileSync, rmdirSync, statfsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const cgroup2Magic = 0x63677270;

/** Mount point of the cgroup v2 hierarchy: alone, or beside v1's controllers. */
export function cgroupRoot(): string {
  const root = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((path) => statfsSync(path).type === cgroup2Magic);
  if (root === undefined) throw new Error('this host has no cgroup v2');
  return root;
}

/** Mount points of all hierarchies of the host, of either version. */
export function cgroupMounts(): readonly string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.filter((line) => / - cgroup2? /.test(line)).map((line) => line.split(' ')[4] ?? '');
}

/** Folders of all cgroups whose path contains `text`, in every hierarchy. */
export function cgroupsNamed(text: string): readonly string[] {
  return cgroupMounts()
    .flatMap(cgroupsBelow)
    .filter((path) => path.includes(text));
}

/** Others come and go meanwhile. */
function cgroupsBelow(folder: string): readonly string[] {
  let names: readonly string[];
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENODEV')) return [];
    throw error;
  }
  return names.flatMap((name) => [...cgroupsBelow(join(folder, name)), join(folder, name)]);
}

/** Removes the cgroups of that name from every hierarchy, those below them first. */
export function removeCgroups(text: string): void {
  for (const path of cgroupsNamed(text)) rmdirSync(path);
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
