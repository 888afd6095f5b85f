// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Limits that mean something only together, when an update names one of two: swap is counted along with memory, and a quota of
// time is one of a period (config-linux.md, Memory and CPU).

import type { Integer } from '../contract/integer.ts';
import type { Resources } from '../contract/resources.ts';

/** What a container has of them. */
export interface PairedLimits {
  readonly memory?: { readonly limit?: Integer; readonly swap?: Integer };
  readonly cpu?: { readonly quota?: number; readonly period?: number };
}

/** Those that resources name. */
export function pairedLimits({ memory, cpu }: Resources): PairedLimits {
  return {
    memory: { ...pick(memory, 'limit'), ...pick(memory, 'swap') },
    cpu: { ...pick(cpu, 'quota'), ...pick(cpu, 'period') },
  };
}

/** An update with the other one of each pair that it names one of, as the container has it. */
export function withPairs(update: Resources, known: PairedLimits): Resources {
  const { memory, cpu } = update;
  const namesMemory = memory?.limit !== undefined || memory?.swap !== undefined;
  const namesCpu = cpu?.quota !== undefined || cpu?.period !== undefined;
  // Without a limit on memory there is none on swap, unless the update says so.
  const isUnlimited = memory?.limit !== undefined && BigInt(memory.limit) === -1n;
  return {
    ...update,
    ...(namesMemory ? { memory: { ...(isUnlimited ? {} : known.memory), ...memory } } : {}),
    ...(namesCpu ? { cpu: { ...known.cpu, ...cpu } } : {}),
  };
}

/** What a container has after an update (withPairs) of what it had. */
export function updatedPairs(known: PairedLimits, update: Resources): PairedLimits {
  const { memory, cpu } = pairedLimits(update);
  const isUnlimited = memory?.limit !== undefined && BigInt(memory.limit) === -1n;
  return { memory: { ...(isUnlimited ? {} : known.memory), ...memory }, cpu: { ...known.cpu, ...cpu } };
}

function pick<T extends object, K extends keyof T>(from: T | undefined, key: K): { readonly [key in K]?: T[K] } {
  return from?.[key] === undefined ? {} : ({ [key]: from[key] } as { readonly [key in K]: T[K] });
}
