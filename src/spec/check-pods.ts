// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Located } from './check-volumes.ts';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, quote } from './document.ts';

/** What all services of a pod have from it. */
const shared = ['net', 'ipc', 'uts', 'hostname', 'userns'];

/** What a service says for itself although its pod has one for all. */
export function checkPod({ node, path }: Located): readonly Diagnostic[] {
  if (node.kind !== 'map' || child(node, 'pod') === undefined) return [];
  return shared.flatMap((key) => {
    const entry = node.entries.get(key);
    if (entry === undefined) return [];
    const message = `expected no ${quote(key)} beside "pod", whose services share theirs, found both`;
    return [diagnostic(entry.key, [...path, key], message)];
  });
}
