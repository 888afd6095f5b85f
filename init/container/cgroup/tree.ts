// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The tree below a cgroup, which the container may have made.

import { errnoOf, listFolder } from '../../files.ts';
import { AT_FDCWD, AT_REMOVEDIR, DT_DIR, O_CLOEXEC, O_RDONLY } from '../../linux.ts';
import type { Sys } from '../../sys.ts';

/** Names of the cgroups directly below; none when the cgroup is gone. */
export function subfolders(sys: Sys, folder: string): readonly string[] {
  let fd: number;
  try {
    fd = sys.openat(AT_FDCWD, folder, O_RDONLY | O_CLOEXEC, 0);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENODEV') return [];
    throw error;
  }
  try {
    return sys.readdir(fd).flatMap(({ name, type }) => (type === DT_DIR ? [name] : []));
  } finally {
    sys.close(fd);
  }
}

/** Sizes of huge pages ("2MB") that the cgroup counts, told by its files hugetlb.SIZE.SUFFIX. */
export function hugePageSizes(sys: Sys, folder: string, suffix: string): readonly string[] {
  const names = listFolder(sys, folder);
  return names.flatMap((name) => {
    const [prefix, size, ...rest] = name.split('.');
    return prefix === 'hugetlb' && size !== undefined && rest.join('.') === suffix ? [size] : [];
  });
}

/** Removes a cgroup and those below it; nothing happens when it is gone. Throws EBUSY while any of them has processes. */
export function removeTree(sys: Sys, folder: string): void {
  try {
    removeFolder(sys, folder);
  } catch (error) {
    if (errnoOf(error) !== 'EBUSY') throw error;
    for (const name of subfolders(sys, folder)) removeTree(sys, `${folder}/${name}`);
    removeFolder(sys, folder);
  }
}

/** Removes one cgroup, unless somebody has put another cgroup or a process into it. */
export function removeIfUnused(sys: Sys, folder: string): void {
  try {
    removeFolder(sys, folder);
  } catch (error) {
    if (errnoOf(error) !== 'EBUSY') throw error;
  }
}

function removeFolder(sys: Sys, folder: string): void {
  try {
    sys.unlinkat(AT_FDCWD, folder, AT_REMOVEDIR);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

/** Makes one cgroup; false when it is there already. Throws ENOENT when the one above it is missing. */
export function makeFolderAnew(sys: Sys, folder: string): boolean {
  try {
    sys.mkdirat(AT_FDCWD, folder, 0o755);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}
