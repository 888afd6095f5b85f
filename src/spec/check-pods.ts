// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Located } from './check-volumes.ts';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, quote } from './document.ts';

/** What all services of a pod have from it. */
const shared = ['net', 'ipc', 'uts', 'hostname', 'userns'];

/** What a service says for itself although its pod has one for all, or of a pod that it is not in. */
export function checkPod({ node, path }: Located): readonly Diagnostic[] {
  if (node.kind !== 'map') return [];
  if (child(node, 'pod') === undefined) return checkOutside({ node, path });
  return shared.flatMap((key) => {
    const entry = node.entries.get(key);
    if (entry === undefined) return [];
    const message = `expected no ${quote(key)} beside "pod", whose services share theirs, found both`;
    return [diagnostic(entry.key, [...path, key], message)];
  });
}

function checkOutside({ node, path }: Located): readonly Diagnostic[] {
  const pid = child(node, 'pid');
  if (pid?.kind !== 'scalar' || pid.value !== 'pod') return [];
  return [diagnostic(pid, [...path, 'pid'], 'expected "pod: NAME" beside `pid: pod`, found none')];
}
