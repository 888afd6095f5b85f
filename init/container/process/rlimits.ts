// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Process } from '../../contract/runtime-config.ts';
import type { Sys } from '../../sys.ts';
import { step } from '../step.ts';

/** asm-generic/resource.h; the same numbers on x86_64 and arm64. */
const numbers: ReadonlyMap<string, number> = new Map(
  [
    'RLIMIT_CPU',
    'RLIMIT_FSIZE',
    'RLIMIT_DATA',
    'RLIMIT_STACK',
    'RLIMIT_CORE',
    'RLIMIT_RSS',
    'RLIMIT_NPROC',
    'RLIMIT_NOFILE',
    'RLIMIT_MEMLOCK',
    'RLIMIT_AS',
    'RLIMIT_LOCKS',
    'RLIMIT_SIGPENDING',
    'RLIMIT_MSGQUEUE',
    'RLIMIT_NICE',
    'RLIMIT_RTPRIO',
    'RLIMIT_RTTIME',
  ].map((name, number) => [name, number]),
);

/** A limit as prlimit(2) takes it. */
export interface ResourceLimit {
  readonly name: string;
  readonly resource: number;
  readonly soft: bigint;
  readonly hard: bigint;
}

/** Reads process.rlimits (config.md, POSIX process). -1 means unlimited. Throws on an unknown or repeated type. */
export function parseResourceLimits(rlimits: Process['rlimits'] = []): readonly ResourceLimit[] {
  const seen = new Set<string>();
  return rlimits.map(({ type, soft, hard }) => {
    const resource = numbers.get(type);
    if (resource === undefined) throw new Error(`process.rlimits: "${type}" is no resource limit`);
    if (seen.has(type)) throw new Error(`process.rlimits: ${type} is listed twice`);
    seen.add(type);
    return { name: type, resource, soft: limitValue(soft), hard: limitValue(hard) };
  });
}

function limitValue(value: number | bigint): bigint {
  const exact = BigInt(value);
  return exact < 0n ? exact + 2n ** 64n : exact;
}

/** Sets limits of another process; the runtime does it, because in a user namespace hard limits cannot be raised. */
export function applyResourceLimits(sys: Sys, pid: number, limits: readonly ResourceLimit[]): void {
  for (const { name, resource, soft, hard } of limits)
    step(`set ${name} to ${soft}:${hard}`, () => sys.prlimit(pid, resource, soft, hard));
}
