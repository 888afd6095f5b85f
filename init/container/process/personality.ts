// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// linux.personality (config-linux.md; personality(2)).

import type { Linux } from '../../contract/linux-config.ts';

/** sys/personality.h: PER_LINUX and PER_LINUX32. */
const domains: ReadonlyMap<string, number> = new Map([
  ['LINUX', 0],
  ['LINUX32', 8],
]);

/**
 * The execution domain's number. Throws on an unknown domain. The specification knows no flags yet; those given are left out
 * and warned of.
 */
export function parsePersonality(personality: Linux['personality'], warn: (text: string) => void): number | undefined {
  if (personality === undefined) return undefined;
  const { domain, flags = [] } = personality;
  const number = domains.get(domain);
  if (number === undefined)
    throw new Error(`linux.personality.domain: expected one of ${[...domains.keys()].join(', ')}, found "${domain}"`);
  for (const flag of flags) warn(`linux.personality.flags: "${flag}" is left out: there are no flags yet`);
  return number;
}
