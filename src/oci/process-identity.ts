// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Who holds a lock or a lease: process id, its start time in clock ticks since boot (a recycled id starts later), and the
 * PID namespace in which both mean something. The first line of a lock or lease file.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly start: string;
  readonly namespace: string;
}

let own: ProcessIdentity | undefined;

/** This process. */
export function ownIdentity(): ProcessIdentity {
  own ??= { pid: process.pid, start: startTime('self') ?? '0', namespace: pidNamespace() };
  return own;
}

export function formatIdentity(identity: ProcessIdentity): string {
  return `${identity.pid} ${identity.start} ${identity.namespace}\n`;
}

/** Undefined for text that no tskit has written, such as the empty file of a process killed between open and write. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const match = /^(\d+) (\d+) (\S+)\n/.exec(text);
  return match === null
    ? undefined
    : { pid: Number(match[1]), start: match[2] as string, namespace: match[3] as string };
}

/** `unknown` for a process of another PID namespace, such as another container that shares the cache. */
export function livenessOf(identity: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  if (identity.namespace !== ownIdentity().namespace) {
    return 'unknown';
  }
  return startTime(String(identity.pid)) === identity.start ? 'alive' : 'dead';
}

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)), counted after the command's name, which may hold blanks and parentheses. */
function startTime(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return 'none';
  }
}
