// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// A cgroup that the container may divide among its own processes (config-linux.md, Cgroup ownership; cgroup-v2.rst,
// Delegation).

import type { RuntimeConfig } from '../../contract/runtime-config.ts';
import { errnoOf, readTextIfPresent } from '../../files.ts';
import { AT_FDCWD } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { hostIdOf } from '../namespace/id-mappings.ts';
import { cleanPath } from '../path.ts';
import { step } from '../step.ts';

/**
 * The host's id of the container's user, when the container gets a cgroup namespace of its own and may write to what it sees
 * there; undefined when its cgroup stays the runtime's.
 */
export function cgroupOwner({ linux, mounts = [], process }: RuntimeConfig): number | undefined {
  const isNew = (type: string): boolean =>
    linux?.namespaces?.some((namespace) => namespace.type === type && (namespace.path ?? '') === '') ?? false;
  const isWritable = mounts.some(
    ({ source, destination, options = [] }) =>
      source === 'cgroup' && cleanPath(destination) === '/sys/fs/cgroup' && !options.includes('ro'),
  );
  if (!isNew('cgroup') || !isWritable) return undefined;
  return isNew('user') ? hostIdOf(linux?.uidMappings ?? [], process.user.uid) : process.user.uid;
}

/** Where the kernel tells what may be given away. */
const delegateList = '/sys/kernel/cgroup/delegate';
/** Of kernels that do not (before Linux 4.15). */
const oldDelegateList = 'cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n';
const unchanged = 0xffff_ffff;

/** Gives a v2 cgroup to a user: its folder, and of its files those that move processes and controllers, not the limits. */
export function delegateCgroup(sys: Sys, folder: string, owner: number): void {
  const files = (readTextIfPresent(sys, delegateList) ?? oldDelegateList).split('\n').filter((name) => name !== '');
  step(`cgroup ${folder}: give it to user ${owner}`, () => {
    sys.fchownat(AT_FDCWD, folder, owner, unchanged, 0);
    for (const file of files) giveIfPresent(sys, `${folder}/${file}`, owner);
  });
}

/** Not every cgroup has all of the files. */
function giveIfPresent(sys: Sys, file: string, owner: number): void {
  try {
    sys.fchownat(AT_FDCWD, file, owner, unchanged, 0);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
