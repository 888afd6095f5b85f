// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, items, keysOf, type MapNode } from './document.ts';

const path = ['secureboot'];
const names = ['keyset', 'certificate', 'key', 'command'];
const wanted = 'expected keyset, or certificate and exactly one of key and command';

/** Mistakes in the `secureboot` of a spec: who signs is said once, and what is signed is all of the system. */
export function checkSecureboot(root: DocumentNode): readonly Diagnostic[] {
  const node = child(root, 'secureboot');
  if (node?.kind !== 'map') return [];
  return [...checkSigner(node), ...checkVerified(root)];
}

/** A root on a disk is signed by its hash alone. */
function checkVerified(root: DocumentNode): readonly Diagnostic[] {
  const verity = child(child(root, 'root'), 'verity');
  if (verity?.kind !== 'scalar' || verity.value !== false) return [];
  const message = 'expected a verified root with "secureboot", found false: nobody would have signed what it runs';
  return [diagnostic(verity, ['root', 'verity'], message)];
}

function checkSigner(node: MapNode): readonly Diagnostic[] {
  const { entries } = node;
  const [keyset, certificate, key, command] = names.map((name) => entries.get(name));
  const extra = keyset === undefined ? (key === undefined ? undefined : command) : (certificate ?? key ?? command);
  if (extra !== undefined) {
    const name = [...entries].find(([, entry]) => entry === extra)?.[0] ?? '';
    return [diagnostic(extra.key, [...path, name], `${wanted}, found ${keysOf(node)}`)];
  }
  if (keyset !== undefined || (certificate !== undefined && (key ?? command) !== undefined)) return [];
  return [{ ...diagnostic(node, path, `${wanted}, found ${keysOf(node)}`), missing: names }];
}

/** A spec from elsewhere may not say what runs on this machine. */
export function refuseCommand(root: DocumentNode): readonly Diagnostic[] {
  const node = child(child(root, 'secureboot'), 'command');
  if (node === undefined || items(node).length === 0) return [];
  const message = 'expected a key or no signing command in a spec from a URL: it would run on this machine';
  return [diagnostic(node, [...path, 'command'], message, 'give it in a file of your own: `tskit build URL own.yml`')];
}
