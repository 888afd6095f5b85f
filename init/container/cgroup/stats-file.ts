// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Numbers out of the files of a cgroup.

import type { Integer } from '../../contract/integer.ts';
import { errnoOf, readText } from '../../files.ts';
import type { Sys } from '../../sys.ts';
import type { MemoryStats, MemoryUse, Pressure, Pressures } from './stats.ts';

/** How runc tells "max" where 0 would be a limit. */
export const unlimited = 0xffff_ffff_ffff_ffffn;

const noMemory: MemoryUse = { limit: 0, usage: 0, max: 0, failcnt: 0 };
/** The account of memory where nothing is kept. */
export const emptyMemory: MemoryStats = {
  cache: 0,
  usage: noMemory,
  swap: noMemory,
  kernel: noMemory,
  kernelTCP: noMemory,
  raw: {},
};

/** Undefined for a file that the kernel has not, or has only with an option that is off. */
export function readIfKept(sys: Sys, path: string): string | undefined {
  try {
    return readText(sys, path);
  } catch (error) {
    if (['ENOENT', 'EOPNOTSUPP', 'ENODEV'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** A file of one number, or "max"; 0 for one that is not there. */
export function readNumber(sys: Sys, path: string): Integer {
  return toInteger(readIfKept(sys, path)?.trim() ?? '0');
}

/** A file of lines "KEY NUMBER"; empty for one that is not there. */
export function readTable(sys: Sys, path: string): Readonly<Record<string, Integer>> {
  const lines = (readIfKept(sys, path) ?? '').split('\n').map((line) => line.split(' '));
  return Object.fromEntries(
    lines.flatMap(([key, value]) => (key === undefined || value === undefined ? [] : [[key, toInteger(value)]])),
  );
}

/** A number of any size, 2^64 - 1 for "max". */
export function toInteger(text: string): Integer {
  if (text === 'max') return unlimited;
  if (!/^-?[0-9]+$/.test(text)) throw new Error(`cgroup: expected a number, found "${text}"`);
  return fitting(BigInt(text));
}

/** As a number where that keeps all digits. */
export function fitting(value: bigint): Integer {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** cpu.pressure and the like, as `psi`; nothing where the kernel does not keep them. */
export function readPressures(sys: Sys, folder: string | undefined, resource: string): { readonly psi?: Pressures } {
  const text = folder === undefined ? undefined : readIfKept(sys, `${folder}/${resource}.pressure`);
  return text === undefined || text === '' ? {} : { psi: parsePressures(text) };
}

/** "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and "full" likewise, which older kernels leave out for the CPU. */
function parsePressures(text: string): Pressures {
  const of = (kind: string): Pressure => {
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${kind} `)) ?? '';
    const value = (key: string): string => new RegExp(` ${key}=([0-9.]+)`).exec(line)?.[1] ?? '0';
    return {
      avg10: Number(value('avg10')),
      avg60: Number(value('avg60')),
      avg300: Number(value('avg300')),
      total: toInteger(value('total')),
    };
  };
  return { some: of('some'), full: of('full') };
}
