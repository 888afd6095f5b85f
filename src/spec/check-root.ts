// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, quote, text } from './document.ts';

/** Mistakes in the `root` of a spec: settings of a file system that the root does not have. */
export function checkRoot(document: DocumentNode): readonly Diagnostic[] {
  const root = child(document, 'root');
  if (root?.kind !== 'map') return [];
  const inMemory = text(child(root, 'type')) === 'initramfs';
  const verity = child(root, 'verity');
  const unverified = verity?.kind === 'scalar' && verity.value === false;
  return [...root.entries].flatMap(([key, entry]) => {
    const isUseless = inMemory ? key !== 'type' : key === 'on_corruption' && unverified;
    if (!isUseless) return [];
    const why = !inMemory
      ? 'nothing is verified'
      : key === 'initrd'
        ? 'it is in the initrd'
        : 'in memory nothing is verified';
    const what = inMemory ? 'with type "initramfs"' : 'with "verity: false"';
    return [diagnostic(entry.key, ['root', key], `expected no ${quote(key)} ${what}: ${why}`)];
  });
}
