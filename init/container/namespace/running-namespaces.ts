// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Linux } from '../../contract/linux-config.ts';
import type { Sys } from '../../sys.ts';
import { namespaceKinds } from './namespaces.ts';
import { step } from '../step.ts';

/**
 * Which of a running container's namespaces are to be joined, as flags of setns(2): those that its configuration lists and
 * that are not the runtime's own anyway. `procfs` is the runtime's /proc.
 */
export function namespacesToJoin(sys: Sys, procfs: number, pid: number, linux: Linux | undefined): number {
  return step("look for the container's namespaces", () => {
    let flags = 0;
    for (const { type } of linux?.namespaces ?? []) {
      const { file, flag } = namespaceKinds[type];
      const theirs = sys.statx(procfs, `${pid}/ns/${file}`, 0);
      const ours = sys.statx(procfs, `self/ns/${file}`, 0);
      if (theirs.ino !== ours.ino || theirs.dev !== ours.dev) flags |= flag;
    }
    return flags;
  });
}
