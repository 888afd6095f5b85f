// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeValue } from '../files.ts';
import { CLONE_NEWUSER, CLONE_PARENT, CLONE_PIDFD, MSG_DONTWAIT, SIGCHLD, SIGKILL } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Cgroup } from './cgroup/place.ts';
import { awaitGo, type Channel, receiveMessage, sendFailure, sendMessage } from './channel.ts';
import { step } from './step.ts';

/** The container's process as the runtime knows it, or 0 in the process itself. */
export interface Spawned {
  readonly pid: number;
  readonly pidfd: number;
}

/** What decides how the process is cloned. */
export interface SpawnPlan {
  /** CLONE_NEW* of the namespaces to make. */
  readonly cloneFlags: number;
  /** Enters those that exist, and makes those that no process can be cloned into; undefined when there are none. */
  readonly join: (() => void) | undefined;
  /** When `join` is to run in a new user namespace: writes the id maps of a process that is in it. */
  readonly map?: ((pid: number) => void) | undefined;
  /** process.oomScoreAdj. */
  readonly oomScore: number | undefined;
}

/**
 * Clones the container's process into its cgroup and its new namespaces. Returns twice, as clone3 does; in the process itself
 * the runtime's end of the channel is closed, so that it sees the end when the runtime dies. Where namespaces are
 * to be joined, a process in between enters them first and clones from there, as a sibling of its own: only so is the
 * container in a joined PID namespace or a new time namespace, and are its new namespaces owned by its user namespace.
 */
export function spawn(sys: Sys, plan: SpawnPlan, cgroup: Pick<Cgroup, 'fd' | 'enter'>, channel: Channel): Spawned {
  const { cloneFlags, join, map } = plan;
  const place = cgroup.fd === undefined ? {} : { cgroupFd: cgroup.fd };
  const [runtimeEnd] = channel;
  if (join === undefined) {
    const clone = step('clone', () => sys.clone3({ flags: cloneFlags | CLONE_PIDFD, exitSignal: SIGCHLD, ...place }));
    if (clone.pid !== 0) return clone;
    sys.close(runtimeEnd);
    return settle(sys, plan, cloneFlags, cgroup, channel, () => clone);
  }
  const flags = map === undefined ? 0 : CLONE_NEWUSER;
  const between = step('clone', () => sys.clone3({ flags, exitSignal: SIGCHLD, ...place }));
  if (between.pid === 0)
    return settle(sys, plan, flags, cgroup, channel, () => {
      if (map !== undefined) awaitGo(sys, channel[1]);
      return joinAndClone(sys, join, cloneFlags, channel);
    });
  if (map !== undefined) letBetweenGo(sys, between.pid, runtimeEnd, map);
  sys.wait4(between.pid, 0);
  // It has said all that it will say, and its clone, if there is one, says nothing yet.
  const answer = receiveMessage(sys, runtimeEnd, MSG_DONTWAIT);
  if (answer?.word !== 'pid') throw new Error(answer?.text ?? 'the process that joins namespaces died');
  const pid = Number(answer.text);
  const pidfd = step('open the process', () => sys.pidfdOpen(pid, 0));
  sendMessage(sys, runtimeEnd, 'go');
  return { pid, pidfd };
}

/** It waits for its maps: without them it could not make another namespace, and it would wait for ever. */
function letBetweenGo(sys: Sys, pid: number, runtimeEnd: number, map: (pid: number) => void): void {
  try {
    map(pid);
    sendMessage(sys, runtimeEnd, 'go');
  } catch (error) {
    sys.kill(pid, SIGKILL);
    sys.wait4(pid, 0);
    throw error;
  }
}

/**
 * Before any namespace is left: the v1 hierarchies are seen only in the runtime's. The process scores itself, with the rights
 * that it has from the runtime, while it can be dumped and its files in /proc are its user's; in a new user namespace
 * it has no rights, and the runtime does it when it writes the maps.
 */
function settle(
  sys: Sys,
  { oomScore }: SpawnPlan,
  flags: number,
  { enter }: Pick<Cgroup, 'enter'>,
  [, channel]: Channel,
  goOn: () => Spawned,
): Spawned {
  try {
    enter?.();
    if ((flags & CLONE_NEWUSER) === 0) setOomScore(sys, 'self', oomScore);
  } catch (error) {
    return sendFailure(sys, channel, error);
  }
  return goOn();
}

/** Sets process.oomScoreAdj of the caller, "self", or of a process that waits for its maps. */
export function setOomScore(sys: Sys, process: string, score: number | undefined): void {
  if (score === undefined) return;
  step(`set the oom score to ${score}`, () => writeValue(sys, `/proc/${process}/oom_score_adj`, String(score)));
}

/** In the process in between. Its clone's result is a pid of the runtime's namespace: it has not moved itself. */
function joinAndClone(sys: Sys, join: () => void, cloneFlags: number, [runtimeEnd, channel]: Channel): Spawned {
  try {
    join();
    const clone = step('clone', () => sys.clone3({ flags: cloneFlags | CLONE_PARENT, exitSignal: 0 }));
    if (clone.pid === 0) {
      sys.close(runtimeEnd);
      // Silent until the runtime has been told its pid over the same channel.
      awaitGo(sys, channel);
      return clone;
    }
    sendMessage(sys, channel, 'pid', String(clone.pid));
    return sys.exit(0);
  } catch (error) {
    return sendFailure(sys, channel, error);
  }
}
