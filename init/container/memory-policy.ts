// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// linux.memoryPolicy (config-linux.md; set_mempolicy(2)).

import type { MemoryPolicy } from '../contract.ts';
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
} from '../linux.ts';
import type { Sys } from '../sys.ts';
import { parseNumberList } from './number-list.ts';
import { step } from './step.ts';

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
export const memoryPolicyFlags: readonly string[] = [...flags.keys()];

/** What set_mempolicy is given; `nodes` has one bit a memory node and is empty for none. */
export interface NodePolicy {
  readonly mode: number;
  readonly nodes: Uint8Array;
}

/** Throws on an unknown name and on nodes that do not go with the mode. */
export function parseMemoryPolicy(policy: MemoryPolicy | undefined): NodePolicy | undefined {
  if (policy === undefined) return undefined;
  const { mode, nodes: list = '' } = policy;
  const number = lookUp(modes, mode, 'mode');
  const bits = (policy.flags ?? []).reduce((sum, flag) => sum | lookUp(flags, flag, 'flags'), 0);
  const takesNone = number === MPOL_DEFAULT || number === MPOL_LOCAL;
  if (takesNone && list !== '')
    throw new Error(`linux.memoryPolicy.nodes: expected none with ${mode}, found "${list}"`);
  if (!takesNone && number !== MPOL_PREFERRED && list === '')
    throw new Error(`linux.memoryPolicy.nodes: expected at least one node with ${mode}, found none`);
  const nodes = list === '' ? new Uint8Array() : step('linux.memoryPolicy.nodes', () => parseNumberList(list));
  return { mode: number | bits, nodes };
}

function lookUp(names: ReadonlyMap<string, number>, name: string, key: string): number {
  const value = names.get(name);
  if (value === undefined)
    throw new Error(`linux.memoryPolicy.${key}: expected one of ${[...names.keys()].join(', ')}, found "${name}"`);
  return value;
}

/** For the process itself and, over execve, its program. */
export function applyMemoryPolicy(sys: Sys, { mode, nodes }: NodePolicy): void {
  // The kernel reads one bit less than it is told (set_mempolicy(2), Bugs).
  const maxnode = nodes.length === 0 ? 0 : nodes.length * 8 + 1;
  step('linux.memoryPolicy: set', () => sys.setMempolicy(mode, nodes, maxnode));
}
