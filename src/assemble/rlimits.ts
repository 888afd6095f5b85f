// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Integer } from '../../init/contract/integer.ts';
import type { Process } from '../../init/contract/runtime-config.ts';
import { TskitError } from '../errors.ts';
import { rlimits as known } from '../spec/linux-names.ts';

type Rlimit = NonNullable<Process['rlimits']>[number];

/** RLIM_INFINITY: all 64 bits, more than a JavaScript number holds. */
const unlimited = 0xffff_ffff_ffff_ffffn;

/** `name,soft,hard`: "nofile,1024,unlimited" or "RLIMIT_NOFILE, 1024, 4096". */
export function rlimit(text: string): Rlimit {
  const [name = '', soft, hard, ...rest] = text.split(',').map((part) => part.trim());
  if (soft === undefined || hard === undefined || rest.length > 0) {
    throw new TskitError('spec', `rlimits: expected "NAME,SOFT,HARD", found "${text}"`);
  }
  const bare = name.toUpperCase().replace(/^RLIMIT_/, '');
  if (!known.includes(bare)) {
    throw new TskitError('spec', `rlimits: expected one of ${known.join(', ')}, found "${name}"`);
  }
  return { type: `RLIMIT_${bare}`, soft: limit(soft, text), hard: limit(hard, text) };
}

function limit(text: string, whole: string): Integer {
  if (text.toLowerCase() === 'unlimited') return unlimited;
  const value = /^\d+$/.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value > unlimited) {
    throw new TskitError('spec', `rlimits: "${whole}": expected "unlimited" or a 64-bit number, found "${text}"`);
  }
  return value > Number.MAX_SAFE_INTEGER ? value : Number(value);
}
