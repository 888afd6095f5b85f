// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Linux, NamespaceType } from '../contract.ts';
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import { step } from './step.ts';

const kinds: Readonly<Record<NamespaceType, { readonly file: string; readonly flag: number }>> = {
  pid: { file: 'pid', flag: CLONE_NEWPID },
  network: { file: 'net', flag: CLONE_NEWNET },
  mount: { file: 'mnt', flag: CLONE_NEWNS },
  ipc: { file: 'ipc', flag: CLONE_NEWIPC },
  uts: { file: 'uts', flag: CLONE_NEWUTS },
  user: { file: 'user', flag: CLONE_NEWUSER },
  cgroup: { file: 'cgroup', flag: CLONE_NEWCGROUP },
  time: { file: 'time', flag: CLONE_NEWTIME },
};

/**
 * Which of a running container's namespaces are to be joined, as flags of setns(2): those that its configuration lists and
 * that are not the runtime's own anyway. `procfs` is the runtime's /proc.
 */
export function namespacesToJoin(sys: Sys, procfs: number, pid: number, linux: Linux | undefined): number {
  return step("look for the container's namespaces", () => {
    let flags = 0;
    for (const { type } of linux?.namespaces ?? []) {
      const { file, flag } = kinds[type];
      const theirs = sys.statx(procfs, `${pid}/ns/${file}`, 0);
      const ours = sys.statx(procfs, `self/ns/${file}`, 0);
      if (theirs.ino !== ours.ino || theirs.dev !== ours.dev) flags |= flag;
    }
    return flags;
  });
}
