// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ImageSpec, Spec } from '../spec/types.ts';
import type { Bundles } from './bundle-tree.ts';
import { sections } from './settings.ts';

/** Keys that tskit's own init carries out, and no other. */
const ours = [
  'timeout',
  'restart',
  'restart_policy',
  'depends_on',
  'healthcheck',
  'stop_signal',
  'stop_grace_period',
  'critical',
  'pod',
  'logging',
  'secrets',
] as const satisfies readonly (keyof ImageSpec)[];

/** What a spec asks for in vain when the /init of an image boots, a line an entry. */
export function withoutEffect(spec: Spec, bundles: Bundles): readonly string[] {
  const disk = bundles.disk === undefined ? [] : ["disk: partitions are made and mounted by tskit's own init only"];
  return [...disk, ...entriesWithoutEffect(spec, bundles)];
}

function entriesWithoutEffect(spec: Spec, bundles: Bundles): readonly string[] {
  return sections.flatMap((section) =>
    spec[section].flatMap((entry, index) => {
      const action = bundles[section][index]?.plan.unit.onFailure ?? 'continue';
      const keys = [
        ...(action === 'continue' ? [] : [`on_failure: ${action}`]),
        ...ours.filter((key) => entry[key] !== undefined),
      ];
      if (keys.length === 0) return [];
      const verb = keys.length === 1 ? 'has' : 'have';
      return [`${section} "${entry.name}": ${keys.join(', ')} ${verb} no effect with the /init of an image`];
    }),
  );
}
