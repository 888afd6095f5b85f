// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { IdMapping } from '../../contract/linux-config.ts';

/** The id on the host of one of the container's (user_namespaces(7)); undefined for one that is not mapped. */
export function hostIdOf(mappings: readonly IdMapping[], id: number): number | undefined {
  const mapping = mappings.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return mapping === undefined ? undefined : mapping.hostID + id - mapping.containerID;
}
