// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Trees that the container's process cannot open itself: root of a user namespace may not enter every folder of the host, and
// only the host's root may map the ids of its file systems. The process asks for them over its channel ("tree"), and a short-lived
// process of the runtime opens them in the container's mount namespace, so that flags which are locked there stay locked, and
// sends them straight back.

import type { IdMapping } from '../contract.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  CLONE_NEWNS,
  CLONE_NEWUSER,
  CLONE_PIDFD,
  MOUNT_ATTR_IDMAP,
  MSG_NOSIGNAL,
  O_CLOEXEC,
  O_RDONLY,
  SIGCHLD,
  SIGKILL,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import { receiveMessage, sendMessage } from './channel.ts';
import { copySource } from './mount-bind.ts';
import type { MountPlan } from './mount-plan.ts';
import { copyTree } from './mount-tree.ts';
import type { RootPlan } from './root-plan.ts';
import type { FetchTree } from './rootfs.ts';
import { step } from './step.ts';
import { writeMappings } from './user-mappings.ts';

/** What the container's process calls. Its channel leads to a runtime that answers "tree" with sendTree. */
export function fetchOver(sys: Sys, channel: number, plan: RootPlan): FetchTree {
  return (what) => {
    sendMessage(sys, channel, 'tree', what === 'root' ? what : String(plan.mounts.indexOf(what)));
    const answer = receiveMessage(sys, channel);
    const tree = answer?.fds[0];
    if (tree === undefined) throw new Error(answer?.text ?? 'the runtime is gone');
    return tree;
  };
}

/**
 * The runtime's answer to "tree": `text` names what is asked for. The mount namespace is that of the process behind `pidfd`.
 * Returns when the answer is sent, a refusal among them.
 */
export function sendTree(sys: Sys, channel: number, pidfd: number, plan: RootPlan, text: string): void {
  const opener = sys.clone3({ flags: 0, exitSignal: SIGCHLD });
  if (opener.pid === 0) return openAndSend(sys, channel, pidfd, plan, text);
  if (sys.wait4(opener.pid, 0).status !== 0) sendMessage(sys, channel, 'refused', 'the process that opens trees died');
}

/** Ends the process that it runs in. */
function openAndSend(sys: Sys, channel: number, pidfd: number, plan: RootPlan, text: string): never {
  try {
    const tree = openIn(sys, pidfd, plan, text === 'root' ? undefined : plan.mounts[Number(text)]);
    sys.sendmsg(channel, sys.encodeUtf8('tree '), [tree], MSG_NOSIGNAL);
  } catch (error) {
    sendMessage(sys, channel, 'refused', error instanceof Error ? error.message : String(error));
  }
  return sys.exit(0);
}

function openIn(sys: Sys, pidfd: number, plan: RootPlan, mount: MountPlan | undefined): number {
  const idMap = mount?.idMap;
  const userNamespace =
    idMap === undefined ? undefined : step('make a user namespace', () => mappedNamespace(sys, idMap));
  step("enter the container's mount namespace", () => sys.setns(pidfd, CLONE_NEWNS));
  if (mount === undefined) return copyTree(sys, AT_FDCWD, plan.path, true);
  const tree = copySource(sys, mount);
  if (idMap === undefined || userNamespace === undefined) return tree;
  step('map its ids (its file system must support that)', () =>
    sys.mountSetattr(tree, '', AT_EMPTY_PATH | (idMap.recursive ? AT_RECURSIVE : 0), {
      set: MOUNT_ATTR_IDMAP,
      clear: 0,
      propagation: 0,
      usernsFd: userNamespace,
    }),
  );
  return tree;
}

/** A user namespace that is there for its maps alone. The descriptor keeps it when its process is gone. */
function mappedNamespace(sys: Sys, { uid, gid }: { uid: readonly IdMapping[]; gid: readonly IdMapping[] }): number {
  const holder = sys.clone3({ flags: CLONE_NEWUSER | CLONE_PIDFD, exitSignal: SIGCHLD });
  if (holder.pid === 0) for (;;) sys.nanosleep(1e9);
  try {
    writeMappings(sys, holder.pid, { uidMappings: uid, gidMappings: gid });
    return sys.openat(AT_FDCWD, `/proc/${holder.pid}/ns/user`, O_RDONLY | O_CLOEXEC, 0);
  } finally {
    sys.pidfdSendSignal(holder.pidfd, SIGKILL);
    sys.wait4(holder.pid, 0);
  }
}
