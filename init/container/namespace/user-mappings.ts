// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { IdMapping, Linux } from '../../contract/linux-config.ts';
import { writeValue } from '../../files.ts';
import type { Sys } from '../../sys.ts';
import { findExecutable } from '../process/executable.ts';
import { runProgram } from '../run-program.ts';
import { step } from '../step.ts';

/** Lines of /proc/PID/uid_map (user_namespaces(7)): id inside, id outside, count. */
function mappingLines(mappings: readonly IdMapping[]): string {
  return mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join('');
}

/**
 * Writes the id maps of a process that is in a new user namespace, from outside of it. The kernel lets an ordinary user map
 * itself only, and its group only when the namespace gives up setgroups(2); for more there are the programs that
 * shadow-utils installs, which ask /etc/subuid and /etc/subgid (newuidmap(1)). Throws an Error when ids are not the user's.
 */
export function writeMappings(sys: Sys, pid: number, linux: Linux): void {
  const user = sys.geteuid();
  const uidMappings = givenOr(linux.uidMappings, user);
  const gidMappings = givenOr(linux.gidMappings, sys.getegid());
  if (user === 0) {
    writeMap(sys, pid, 'uid_map', uidMappings);
    writeMap(sys, pid, 'gid_map', gidMappings);
    return;
  }
  if (isOnly(uidMappings, user)) writeMap(sys, pid, 'uid_map', uidMappings);
  else mapByProgram(sys, 'newuidmap', pid, uidMappings);
  if (isOnly(gidMappings, sys.getegid())) {
    step('give up setgroups', () => writeValue(sys, `/proc/${pid}/setgroups`, 'deny'));
    writeMap(sys, pid, 'gid_map', gidMappings);
  } else mapByProgram(sys, 'newgidmap', pid, gidMappings);
}

/** A user namespace for which nothing is said has one user, root, who is the caller outside: as other runtimes have it. */
function givenOr(mappings: readonly IdMapping[] = [], id: number): readonly IdMapping[] {
  return mappings.length > 0 ? mappings : [{ containerID: 0, hostID: id, size: 1 }];
}

function isOnly(mappings: readonly IdMapping[], id: number): boolean {
  const [first, ...others] = mappings;
  return others.length === 0 && first?.size === 1 && first.hostID === id;
}

function writeMap(sys: Sys, pid: number, file: string, mappings: readonly IdMapping[]): void {
  step(`write ${file}`, () => writeValue(sys, `/proc/${pid}/${file}`, mappingLines(mappings)));
}

function mapByProgram(sys: Sys, name: string, pid: number, mappings: readonly IdMapping[]): void {
  step(`map ids by ${name}`, () => {
    const env = sys.environ();
    const path = findExecutable(sys, name, env);
    const numbers = mappings.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size]);
    const failure = runProgram(sys, { path, args: [name, String(pid), ...numbers.map(String)], env, input: '' });
    if (failure !== undefined) throw new Error(`it ${failure}`);
  });
}

/** Becomes root of the user namespace that the process is in; its maps must be written. */
export function becomeRoot(sys: Sys): void {
  step('become root of the user namespace (id 0 must be mapped)', () => {
    sys.setresgid(0, 0, 0);
    sys.setresuid(0, 0, 0);
  });
}
