// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { bringLoopbackUp } from '../container/namespace/hostname.ts';
import { keepNamespaces } from '../container/namespace/kept-namespaces.ts';
import { step } from '../container/step.ts';
import type { ContainerPlan } from '../contract/container-plan.ts';
import { podNamespacePath } from '../contract/paths.ts';
import { describeError } from '../files.ts';
import {
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUTS,
  CLONE_PIDFD,
  SIGCHLD,
  SIGKILL,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import type { Reaper } from './reaper.ts';

/** Has what the entry's pod shares, unless it is there. To be called back when the entry has ended or could not be started. */
export type EnterPod = (plan: ContainerPlan) => () => void;

/**
 * Namespaces that services of a pod share come with the first that starts, and stay: others find them when it is gone. Only a PID
 * namespace is nothing without a process in it, which ends with the last service that shares it.
 */
export function createPods({ sys, reaper }: { readonly sys: Sys; readonly reaper: Reaper }): EnterPod {
  const made = new Set<string>();
  const processes = new Map<string, SharedProcesses>();

  function enterProcesses(pod: string): () => void {
    const shared = processes.get(pod) ?? step(`make the PID namespace of pod ${pod}`, () => share(pod));
    shared.members += 1;
    return once(() => {
      shared.members -= 1;
      if (shared.members > 0) return;
      if (processes.get(pod) === shared) processes.delete(pod);
      if (!shared.isOver) sys.pidfdSendSignal(shared.pidfd, SIGKILL);
    });
  }

  function share(pod: string): SharedProcesses {
    const shared: SharedProcesses = { ...makeProcesses(sys, pod), members: 0, isOver: false };
    processes.set(pod, shared);
    reaper.await(shared.pid, () => {
      shared.isOver = true;
      sys.close(shared.pidfd);
      // Whoever starts next in the pod gets a new one.
      if (processes.get(pod) === shared) processes.delete(pod);
    });
    return shared;
  }

  return ({ pod, sharesProcesses }) => {
    if (pod === undefined) return () => undefined;
    if (!made.has(pod)) step(`make the namespaces of pod ${pod}`, () => makePod(sys, pod));
    made.add(pod);
    return sharesProcesses === true ? enterProcesses(pod) : () => undefined;
  };
}

/** The process that stands for a pod's PID namespace (units/pause.ts). */
interface SharedProcesses {
  readonly pid: number;
  readonly pidfd: number;
  /** Services that run in it. */
  members: number;
  isOver: boolean;
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

/** A process that is in new ones keeps them, and ends. */
function makePod(sys: Sys, pod: string): void {
  const { pid } = sys.clone3({ flags: CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS, exitSignal: SIGCHLD });
  if (pid === 0) return inPod(sys, pod);
  if (sys.wait4(pid, 0).status !== 0) throw new Error('it failed, as the console says');
}

function inPod(sys: Sys, pod: string): never {
  let code = 1;
  try {
    bringLoopbackUp(sys);
    sys.sethostname(pod);
    const [net, ipc, uts] = (['net', 'ipc', 'uts'] as const).map((kind) => podNamespacePath(pod, kind));
    keepNamespaces(sys, { net: net ?? '', ipc: ipc ?? '', uts: uts ?? '' }, sys.getpid());
    code = 0;
  } catch (error) {
    sys.write(2, sys.encodeUtf8(`pod ${pod}: ${describeError(error)}\n`));
  } finally {
    sys.exit(code);
  }
}

function makeProcesses(sys: Sys, pod: string): { readonly pid: number; readonly pidfd: number } {
  const { pid, pidfd } = sys.clone3({ flags: CLONE_NEWPID | CLONE_NEWNS | CLONE_PIDFD, exitSignal: SIGCHLD });
  if (pid === 0) return becomePause(sys);
  try {
    keepNamespaces(sys, { pid: podNamespacePath(pod, 'pid') }, pid);
    return { pid, pidfd };
  } catch (error) {
    sys.pidfdSendSignal(pidfd, SIGKILL);
    sys.close(pidfd);
    throw error;
  }
}

function becomePause(sys: Sys): never {
  try {
    return sys.execve('/proc/self/exe', ['pause'], []);
  } finally {
    sys.exit(1);
  }
}
