// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { destroyCgroup, removeUnusedCgroup } from '../container/cgroup/destroy.ts';
import { runPoststopHooks } from '../container/hooks.ts';
import { releaseHostRoot } from '../container/root/host-root.ts';
import type { Sys } from '../sys.ts';
import { hookState } from './hook-state.ts';
import type { Log } from './log.ts';
import { endProcesses } from './process-end.ts';
import type { ContainerState } from './state-file.ts';
import { type Folder, removeFolder } from './store.ts';

/**
 * Removes everything that a container had, its state last: whatever interrupts this, it can be done again. Then the poststop
 * hooks run.
 */
export function destroy(sys: Sys, folder: Folder, state: ContainerState, log: Log): void {
  if (state.process === undefined) {
    // It was interrupted before anything could be in the cgroup: what is in it is not the container's.
    if (state.cgroup !== undefined) removeUnusedCgroup(sys, state.cgroup);
  } else {
    endProcesses(sys, state);
    if (state.cgroup !== undefined) destroyCgroup(sys, state.cgroup);
  }
  if (state.rootMount !== undefined) releaseHostRoot(sys, state.rootfs, state.rootMount);
  removeFolder(sys, folder);
  if (state.poststop !== undefined) runPoststopHooks(sys, state, hookState(state, 'stopped'), (text) => log.warn(text));
}
