// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Located } from './check-volumes.ts';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, items, keysOf, type Path, quote, text } from './document.ts';
import { nearestKey } from './nearest-key.ts';
import { secretNameShape } from './schema-secrets.ts';
import { secretPathIn } from './secret-path.ts';

/** What QEMU takes for a name, less the NUL at its end. */
const longestName = 55;

/** Mistakes in the `secrets` of a spec, and in what `containers` use of them. */
export function checkSecrets(root: DocumentNode, containers: readonly Located[]): readonly Diagnostic[] {
  const sources = child(root, 'secrets');
  const known = sources?.kind === 'map' ? [...sources.entries.keys()] : [];
  return [
    ...(sources?.kind === 'map' ? [...sources.entries] : []).flatMap(([name, { key, value }]) => {
      const path = ['secrets', name];
      if (secretNameShape.test(name)) return checkSource(value, path);
      const expected =
        'a name of at most 100 letters, digits, "_", ".", "+" and "-" that starts with a letter, a digit or "_"';
      return [diagnostic(key, path, `expected ${expected}, found ${quote(name)}`)];
    }),
    ...containers.flatMap((container) => checkSecretUses(container, known)),
  ];
}

function checkSource(node: DocumentNode, path: Path): readonly Diagnostic[] {
  if (node.kind !== 'map') return [];
  const keys = [...node.entries.keys()].filter((key) => key === 'fw_cfg' || key === 'file');
  const [first, second] = keys;
  if (first === undefined) {
    const message = `expected exactly one of fw_cfg and file, found ${keysOf(node)}`;
    return [{ ...diagnostic(node, path, message), missing: ['fw_cfg', 'file'] }];
  }
  const at = second === undefined ? undefined : node.entries.get(second)?.key;
  if (second !== undefined && at !== undefined) {
    return [diagnostic(at, [...path, second], 'expected exactly one of fw_cfg and file, found both')];
  }
  const name = child(node, 'fw_cfg');
  const length = text(name)?.length ?? 0;
  if (name === undefined || length <= longestName) return [];
  return [
    diagnostic(name, [...path, 'fw_cfg'], `expected a name of at most ${longestName} characters, found ${length}`),
  ];
}

/** A label does not know which secrets a spec has: then any name will do. */
export function checkSecretUses({ node, path }: Located, known?: readonly string[]): readonly Diagnostic[] {
  const sources = new Set<string>();
  const targets = new Set<string>();
  return items(child(node, 'secrets')).flatMap((use, index) => {
    const isMap = use.kind === 'map';
    const at = isMap ? child(use, 'source') : use;
    const source = text(at);
    if (at === undefined || source === undefined || !secretNameShape.test(source)) return [];
    const here = [...path, 'secrets', index];
    const from = isMap ? [...here, 'source'] : here;
    if (known !== undefined && !known.includes(source)) return [unknownSecret(at, from, source, known)];
    if (sources.size === sources.add(source).size) {
      return [diagnostic(at, from, `expected each secret once, found ${quote(source)} again`)];
    }
    const given = child(use, 'target');
    const target = secretPathIn(text(given) ?? source);
    const place = given ?? at;
    const places = given === undefined ? from : [...here, 'target'];
    if (/\/\.{1,2}(\/|$)/.test(target)) {
      return [diagnostic(place, places, `expected a path without "." and "..", found ${quote(text(given) ?? '')}`)];
    }
    if (targets.size < targets.add(target).size) return [];
    return [diagnostic(place, places, `expected a path of its own, found ${quote(target)} again`)];
  });
}

function unknownSecret(node: DocumentNode, path: Path, name: string, known: readonly string[]): Diagnostic {
  const near = nearestKey(name, known);
  const have = known.length === 0 ? ', of which the spec has none' : '';
  const example = `add \`secrets: { ${name}: { fw_cfg: opt/org.example/${name} } }\` to the spec`;
  const suggestion = near === undefined ? example : `did you mean ${quote(near)}?`;
  return diagnostic(node, path, `expected the name of a secret${have}, found ${quote(name)}`, suggestion);
}
