// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Capabilities, capabilityNames } from '../../init/contract/runtime-config.ts';
import { TskitError } from '../errors.ts';
import { nearestKey } from '../spec/nearest-key.ts';

/**
 * LinuxKit's five sets from its two lists: what is granted or ambient bounds, is permitted and inherited; what is
 * granted is effective. An empty or absent list grants nothing.
 */
export function capabilitySets(
  capabilities: readonly string[] | undefined,
  ambient: readonly string[] | undefined,
): Capabilities {
  const granted = expand(capabilities ?? [], 'capabilities');
  const kept = expand(ambient ?? [], 'ambient');
  const all = [...new Set([...granted, ...kept])].sort();
  return { bounding: all, effective: granted, inheritable: all, permitted: all, ambient: kept };
}

/** "all" and "none" mean that only when they stand alone. */
function expand(names: readonly string[], field: string): readonly string[] {
  const only = names.length === 1 ? names[0]?.toLowerCase() : undefined;
  if (only === 'all') return capabilityNames;
  if (only === 'none') return [];
  for (const name of names) if (!capabilityNames.includes(name)) throw unknownCapability(name, field);
  return [...new Set(names)];
}

function unknownCapability(name: string, field: string): TskitError {
  const nearest = nearestKey(name, capabilityNames);
  return new TskitError(
    'spec',
    `${field}: expected names such as "CAP_NET_ADMIN", or "all" or "none" alone, found "${name}"`,
    {
      hint: nearest === undefined ? 'capabilities(7) lists the names' : `did you mean "${nearest}"?`,
    },
  );
}
