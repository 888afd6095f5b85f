// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { RuntimeConfig } from '../contract/runtime-config.ts';
import type { Sys } from '../sys.ts';
import { enterNamespaces } from './namespace/enter-namespaces.ts';
import type { Preparation } from './prepare.ts';
import { setOomScore, type SpawnPlan } from './spawn.ts';
import { writeMappings } from './namespace/user-mappings.ts';

/** How the container's process is cloned: at once, or by a process in between that enters or makes namespaces before. */
export function spawnPlan(sys: Sys, { config, namespaces, procFd }: Preparation): SpawnPlan {
  const { cloneFlags, betweenFlags, joined, timeOffsets } = namespaces;
  const { oomScoreAdj: oomScore } = config.process;
  if (joined.length === 0 && timeOffsets === undefined) return { cloneFlags, join: undefined, oomScore };
  return {
    cloneFlags,
    oomScore,
    join: () => enterNamespaces(sys, namespaces, procFd),
    map: betweenFlags === 0 ? undefined : (pid): void => prepareInUserNamespace(sys, pid, config),
  };
}

/** What a process in a new user namespace cannot do for itself, done from outside while it waits. */
export function prepareInUserNamespace(sys: Sys, pid: number, { process, linux = {} }: RuntimeConfig): void {
  setOomScore(sys, String(pid), process.oomScoreAdj);
  writeMappings(sys, pid, linux);
}
