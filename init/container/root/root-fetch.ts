// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Trees that the container's process cannot open itself: root of a user namespace may not enter every folder of the host or
// make device nodes, and only the host's root may map the ids of its file systems. The process asks for them over its channel
// ("tree"), and a short-lived process of the runtime opens them in the container's mount namespace, so that flags which are
// locked there stay locked, and sends them straight back.

import type { Device } from '../../contract/linux-config.ts';
import { describeError } from '../../files.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  AT_SYMLINK_NOFOLLOW,
  CLONE_NEWNS,
  CLONE_NEWUSER,
  CLONE_PIDFD,
  MOUNT_ATTR_IDMAP,
  MS_PRIVATE,
  O_CLOEXEC,
  O_PATH,
  O_RDONLY,
  PR_SET_PDEATHSIG,
  SIGCHLD,
  SIGKILL,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { receiveMessage, sendMessage } from '../channel.ts';
import { makeDeviceNode } from './devices.ts';
import { hostIdOf } from '../namespace/id-mappings.ts';
import { copySource } from './mount-bind.ts';
import { makeFilesystem } from './mount-filesystem.ts';
import type { IdMap, MountPlan } from './mount-plan.ts';
import { attachTree, copyTree } from './mount-tree.ts';
import type { RootPlan } from './root-plan.ts';
import { step } from '../step.ts';
import { writeMappings } from '../namespace/user-mappings.ts';

/** What is asked for: the root's own tree, that of a bind, or a device node. */
export type TreeRequest = 'root' | MountPlan | Device;

/** Gives a detached tree. Throws an Error with the runtime's reason when it cannot. */
export type FetchTree = (what: TreeRequest) => number;

/** What the container's process calls. Its channel leads to a runtime that answers "tree" with sendTree. */
export function fetchOver(sys: Sys, channel: number, plan: RootPlan): FetchTree {
  return (what) => {
    sendMessage(sys, channel, 'tree', requestText(what, plan));
    const answer = receiveMessage(sys, channel);
    const tree = answer?.fds[0];
    if (tree === undefined) throw new Error(answer?.text ?? 'the runtime is gone');
    return tree;
  };
}

/** Both sides have the plan, so a number does. */
function requestText(what: TreeRequest, { mounts, devices }: RootPlan): string {
  if (what === 'root') return what;
  return 'destination' in what ? `mount ${mounts.indexOf(what)}` : `device ${devices.indexOf(what)}`;
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
    sendMessage(sys, channel, 'tree', '', [openTree(sys, pidfd, plan, text)]);
  } catch (error) {
    sendMessage(sys, channel, 'refused', describeError(error));
  }
  return sys.exit(0);
}

function openTree(sys: Sys, pidfd: number, plan: RootPlan, text: string): number {
  const [kind, number] = text.split(' ');
  const device = plan.devices[Number(number)];
  if (kind === 'device' && device !== undefined) return makeLoneNode(sys, device, plan);
  const mount = plan.mounts[Number(number)];
  if (kind === 'mount' && mount !== undefined) return openMount(sys, pidfd, mount);
  enterMounts(sys, pidfd);
  return copyTree(sys, AT_FDCWD, plan.path, true);
}

function enterMounts(sys: Sys, pidfd: number): void {
  step("enter the container's mount namespace", () => sys.setns(pidfd, CLONE_NEWNS));
}

function openMount(sys: Sys, pidfd: number, mount: MountPlan): number {
  const { idMap } = mount;
  const namespace = idMap === undefined ? undefined : step('map ids: user namespace', () => openNamespace(sys, idMap));
  enterMounts(sys, pidfd);
  const tree = copySource(sys, mount);
  if (idMap === undefined || namespace === undefined) return tree;
  step('map its ids (its file system must support that)', () =>
    sys.mountSetattr(tree, '', AT_EMPTY_PATH | (idMap.recursive ? AT_RECURSIVE : 0), {
      set: MOUNT_ATTR_IDMAP,
      clear: 0,
      propagation: 0,
      usernsFd: namespace,
    }),
  );
  return tree;
}

function openNamespace(sys: Sys, { uid, gid, namespace }: IdMap): number {
  if (namespace !== undefined) return sys.openat(AT_FDCWD, namespace, O_RDONLY | O_CLOEXEC, 0);
  const holder = sys.clone3({ flags: CLONE_NEWUSER | CLONE_PIDFD, exitSignal: SIGCHLD });
  if (holder.pid === 0) return sleepForever(sys);
  // The descriptor keeps the namespace, for its maps alone, when its process is gone.
  try {
    writeMappings(sys, holder.pid, { uidMappings: uid, gidMappings: gid });
    return sys.openat(AT_FDCWD, `/proc/${holder.pid}/ns/user`, O_RDONLY | O_CLOEXEC, 0);
  } finally {
    sys.pidfdSendSignal(holder.pidfd, SIGKILL);
    sys.wait4(holder.pid, 0);
  }
}

/** Until it is killed, or whoever would do that is. */
function sleepForever(sys: Sys): never {
  sys.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  for (;;) sys.nanosleep(1e9);
}

/**
 * A node of its own in a file system of the host's, where devices work: its owner is known in the container. It is mounted in a
 * mount namespace that ends with this process, because only what is mounted can be copied.
 */
function makeLoneNode(sys: Sys, device: Device, { mappings }: RootPlan): number {
  sys.unshare(CLONE_NEWNS);
  sys.mountSetattr(AT_FDCWD, '/', AT_RECURSIVE, { set: 0, clear: 0, propagation: MS_PRIVATE, usernsFd: 0 });
  const folder = makeFilesystem(sys, 'tmpfs', 'tmpfs', { flags: { set: 0, cleared: 0 }, data: [] });
  attachTree(sys, folder, sys.openat(AT_FDCWD, '/', O_PATH | O_CLOEXEC, 0));
  const { uidMappings = [], gidMappings = [] } = mappings;
  // An owner that the container does not know is the host's root.
  const [uid = 0, gid = 0] = [hostIdOf(uidMappings, device.uid ?? 0), hostIdOf(gidMappings, device.gid ?? 0)];
  const name = 'node';
  sys.umask(0);
  makeDeviceNode(sys, folder, name, device);
  sys.fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW);
  return copyTree(sys, folder, name, false);
}
