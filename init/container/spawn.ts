// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { CLONE_PARENT, CLONE_PIDFD, MSG_DONTWAIT, SIGCHLD } from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Cgroup } from './cgroup/place.ts';
import { awaitGo, type Channel, receiveMessage, sendFailure, sendMessage } from './channel.ts';
import { step } from './step.ts';

/** The container's process as the runtime knows it, or 0 in the process itself. */
export interface Spawned {
  readonly pid: number;
  readonly pidfd: number;
}

export interface SpawnPlan {
  /** CLONE_NEW* of the namespaces to make. */
  readonly cloneFlags: number;
  /** Enters those that exist; undefined when there are none to enter. */
  readonly join: (() => void) | undefined;
}

/**
 * Clones the container's process into its cgroup and its new namespaces. Returns twice, as clone3 does; in the process itself
 * the runtime's end of the channel is closed, so that it sees the end when the runtime dies. Where namespaces are
 * to be joined, a process in between enters them first and clones from there, as a sibling of its own: only so is the
 * container in a joined PID namespace, and are its new namespaces owned by its user namespace.
 */
export function spawn(
  sys: Sys,
  { cloneFlags, join }: SpawnPlan,
  cgroup: Pick<Cgroup, 'fd' | 'enter'>,
  channel: Channel,
): Spawned {
  const place = cgroup.fd === undefined ? {} : { cgroupFd: cgroup.fd };
  const [runtimeEnd] = channel;
  if (join === undefined) {
    const clone = step('clone', () => sys.clone3({ flags: cloneFlags | CLONE_PIDFD, exitSignal: SIGCHLD, ...place }));
    if (clone.pid !== 0) return clone;
    sys.close(runtimeEnd);
    return enterCgroup(sys, cgroup, channel, () => clone);
  }
  const between = step('clone', () => sys.clone3({ flags: 0, exitSignal: SIGCHLD, ...place }));
  if (between.pid === 0) return enterCgroup(sys, cgroup, channel, () => joinAndClone(sys, join, cloneFlags, channel));
  sys.wait4(between.pid, 0);
  // It has said all that it will say, and its clone, if there is one, says nothing yet.
  const answer = receiveMessage(sys, runtimeEnd, MSG_DONTWAIT);
  if (answer?.word !== 'pid') throw new Error(answer?.text ?? 'the process that joins namespaces died');
  const pid = Number(answer.text);
  const pidfd = step('open the process', () => sys.pidfdOpen(pid, 0));
  sendMessage(sys, runtimeEnd, 'go');
  return { pid, pidfd };
}

/** Before any namespace is left: the v1 hierarchies are seen only in the runtime's. */
function enterCgroup(sys: Sys, { enter }: Pick<Cgroup, 'enter'>, [, channel]: Channel, goOn: () => Spawned): Spawned {
  try {
    enter?.(0);
  } catch (error) {
    return sendFailure(sys, channel, error);
  }
  return goOn();
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
