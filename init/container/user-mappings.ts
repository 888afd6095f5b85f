// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { IdMapping, Linux } from '../contract.ts';
import { writeValue } from '../files.ts';
import type { Sys } from '../sys.ts';
import { step } from './step.ts';

/** Lines of /proc/PID/uid_map (user_namespaces(7)): id inside, id outside, count. */
export function mappingLines(mappings: readonly IdMapping[]): string {
  return mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('');
}

/** Writes the id maps of a process that is in a new user namespace, from outside of it. */
export function writeMappings(sys: Sys, pid: number, linux: Linux): void {
  const { uidMappings = [], gidMappings = [] } = linux;
  step('map user ids', () => writeValue(sys, `/proc/${pid}/uid_map`, mappingLines(uidMappings)));
  step('map group ids', () => writeValue(sys, `/proc/${pid}/gid_map`, mappingLines(gidMappings)));
}

/** Becomes root of the user namespace that the process is in; its maps must be written. */
export function becomeRoot(sys: Sys): void {
  step('become root of the user namespace (id 0 must be mapped)', () => {
    sys.setresgid(0, 0, 0);
    sys.setresuid(0, 0, 0);
  });
}
