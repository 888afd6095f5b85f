// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { errnoOf } from '../../files.ts';
import { PR_SET_DUMPABLE } from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import type { JoinedNamespace, NamespacePlan } from './namespaces.ts';
import { step } from '../step.ts';
import { makeTimeNamespace, openOffsets } from './time-offsets.ts';
import { becomeRoot } from './user-mappings.ts';

/**
 * What the process in between does before it clones the container's process (spawn.ts): enters the namespaces that exist
 * and makes the time namespace, for its children. When it is in a user namespace made for the container, the maps of that are
 * written.
 */
export function enterNamespaces(sys: Sys, plan: NamespacePlan, procFd: number): void {
  const { joined, timeOffsets, betweenFlags } = plan;
  const offsets = timeOffsets === undefined ? undefined : openOffsets(sys, procFd);
  // As in the container's own process (child.ts): others in a user namespace that it joins may not look into it.
  sys.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  joinNamespaces(sys, joined);
  if (betweenFlags !== 0) becomeRoot(sys);
  if (timeOffsets !== undefined && offsets !== undefined) makeTimeNamespace(sys, offsets, timeOffsets);
}

/**
 * Enters the existing namespaces. A user namespace comes last, because entering it gives up the privileges that the others
 * may need; those that belong to it, and so refuse before, are entered after it.
 */
function joinNamespaces(sys: Sys, joined: readonly JoinedNamespace[]): void {
  const later: JoinedNamespace[] = [];
  const user = joined.find(({ type }) => type === 'user');
  for (const namespace of joined) {
    if (namespace === user) continue;
    if (!joinIfAllowed(sys, namespace, user !== undefined)) later.push(namespace);
  }
  if (user !== undefined) joinIfAllowed(sys, user, false);
  for (const namespace of later) joinIfAllowed(sys, namespace, false);
}

function joinIfAllowed(sys: Sys, { type, path, fd, flag }: JoinedNamespace, mayRefuse: boolean): boolean {
  return step(`join ${type} namespace ${path}`, () => {
    try {
      sys.setns(fd, flag);
      return true;
    } catch (error) {
      if (mayRefuse && errnoOf(error) === 'EPERM') return false;
      throw error;
    }
  });
}
