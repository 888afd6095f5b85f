// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { bringLoopbackUp } from '../container/namespace/hostname.ts';
import { keepNamespaces } from '../container/namespace/kept-namespaces.ts';
import { step } from '../container/step.ts';
import { podNamespacePath } from '../contract.ts';
import { describeError } from '../files.ts';
import { CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWUTS, SIGCHLD } from '../linux.ts';
import type { Sys } from '../sys.ts';

/** Makes the namespaces of a pod, unless they are there. */
export type ProvidePod = (sys: Sys, pod: string) => void;

/** The namespaces that services of a pod share come with the first that starts, and stay: others find them when it is gone. */
export function createPods(): ProvidePod {
  const made = new Set<string>();
  return (sys, pod) => {
    if (made.has(pod)) return;
    step(`make the namespaces of pod ${pod}`, () => makePod(sys, pod));
    made.add(pod);
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
