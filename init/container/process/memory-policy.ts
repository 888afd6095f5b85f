// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// linux.memoryPolicy (config-linux.md; set_mempolicy(2)).

import type { MemoryPolicy } from '../../contract/linux-config.ts';
import {
  MPOL_BIND,
  MPOL_DEFAULT,
  MPOL_F_NUMA_BALANCING,
  MPOL_F_RELATIVE_NODES,
  MPOL_F_STATIC_NODES,
  MPOL_INTERLEAVE,
  MPOL_LOCAL,
  MPOL_PREFERRED,
  MPOL_PREFERRED_MANY,
  MPOL_WEIGHTED_INTERLEAVE,
} from '../../linux.ts';
import type { Sys } from '../../sys.ts';
import { parseNumberList } from './number-list.ts';
import { step } from '../step.ts';

const modes: ReadonlyMap<string, number> = new Map([
  ['MPOL_DEFAULT', MPOL_DEFAULT],
  ['MPOL_PREFERRED', MPOL_PREFERRED],
  ['MPOL_BIND', MPOL_BIND],
  ['MPOL_INTERLEAVE', MPOL_INTERLEAVE],
  ['MPOL_LOCAL', MPOL_LOCAL],
  ['MPOL_PREFERRED_MANY', MPOL_PREFERRED_MANY],
  ['MPOL_WEIGHTED_INTERLEAVE', MPOL_WEIGHTED_INTERLEAVE],
]);

const flags: ReadonlyMap<string, number> = new Map([
  ['MPOL_F_NUMA_BALANCING', MPOL_F_NUMA_BALANCING],
  ['MPOL_F_RELATIVE_NODES', MPOL_F_RELATIVE_NODES],
  ['MPOL_F_STATIC_NODES', MPOL_F_STATIC_NODES],
]);

/** Names, for `features` and for messages. */
export const memoryPolicyModes: readonly string[] = [...modes.keys()];
/** Names of the flags, for `features`. */
export const memoryPolicyFlags: readonly string[] = [...flags.keys()];

/** What set_mempolicy is given; `nodes` has one bit a memory node and is empty for none. */
export interface NodePolicy {
  readonly mode: number;
  readonly nodes: Uint8Array;
}

/** Throws on an unknown name and on nodes that do not go with the mode. */
export function parseMemoryPolicy(policy: MemoryPolicy | undefined): NodePolicy | undefined {
  if (policy === undefined) return undefined;
  const mode = lookUp(modes, policy.mode ?? '', 'mode');
  const bits = (policy.flags ?? []).reduce((sum, name) => sum | lookUp(flags, name, 'flag'), 0);
  const nodes = parseNodes(policy.nodes ?? '');
  checkCount(mode, countBits(nodes));
  return { mode: mode | bits, nodes };
}

function lookUp(names: ReadonlyMap<string, number>, name: string, kind: string): number {
  const value = names.get(name);
  if (value !== undefined) return value;
  const known = [...names.keys()].join(', ');
  throw new Error(`linux.memoryPolicy: invalid memory policy ${kind} "${name}": expected one of ${known}`);
}

function parseNodes(list: string): Uint8Array {
  if (list === '') return new Uint8Array();
  return step('linux.memoryPolicy: invalid memory policy nodes', () => parseNumberList(list));
}

function checkCount(mode: number, count: number): void {
  const takesNone = mode === MPOL_DEFAULT || mode === MPOL_LOCAL;
  if (takesNone && count > 0) throw new Error(`linux.memoryPolicy: this mode requires 0 nodes but got ${count}`);
  if (!takesNone && mode !== MPOL_PREFERRED && count === 0)
    throw new Error('linux.memoryPolicy: this mode requires at least one node but got 0');
}

function countBits(bits: Uint8Array): number {
  let count = 0;
  for (const byte of bits) for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

/** For the process itself and, over execve, its program. */
export function applyMemoryPolicy(sys: Sys, { mode, nodes }: NodePolicy): void {
  // The kernel reads one bit less than it is told (get_nodes in mm/mempolicy.c).
  step('linux.memoryPolicy: set', () => sys.setMempolicy(mode, nodes, nodes.length * 8 + 1));
}
