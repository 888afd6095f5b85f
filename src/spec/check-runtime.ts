// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, items, keysOf, type Path, quote, text } from './document.ts';

// What the schema cannot say about id mappings and network interfaces: what the kernel or init would refuse at boot.

/** Mistakes in the mappings and interfaces of a container or label. */
export function checkRuntime(node: DocumentNode, path: Path): readonly Diagnostic[] {
  const runtime = child(node, 'runtime');
  const mounts = (list: DocumentNode | undefined, at: Path): readonly Diagnostic[] =>
    items(list).flatMap((mount, index) => checkMappedMount(mount, [...at, index]));
  return [
    ...['uidMappings', 'gidMappings'].flatMap((key) => checkMappings(child(node, key), [...path, key])),
    ...mounts(child(node, 'mounts'), [...path, 'mounts']),
    ...mounts(child(runtime, 'mounts'), [...path, 'runtime', 'mounts']),
    ...checkInterfaces(items(child(runtime, 'interfaces')), [...path, 'runtime', 'interfaces']),
  ];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

const ids = 2 ** 32;

/** user_namespaces(7), Defining user and group ID mappings. */
function checkMappings(list: DocumentNode | undefined, path: Path): readonly Diagnostic[] {
  const earlier: { readonly inside: Range; readonly outside: Range }[] = [];
  return items(list).flatMap((node, index) => {
    const size = number(child(node, 'size'));
    const inside = rangeOf(child(node, 'containerID'), size);
    const outside = rangeOf(child(node, 'hostID'), size);
    const at = [...path, index];
    // One alone that is too large is the schema's.
    if (Math.max(inside.from, outside.from, size) >= ids - 1) return [];
    if (Math.max(inside.to, outside.to) >= ids)
      return [
        diagnostic(
          node,
          at,
          `expected ids below ${ids - 1}, found a range up to ${Math.max(inside.to, outside.to) - 1}`,
        ),
      ];
    const clash = earlier.findIndex((other) => overlap(other.inside, inside) || overlap(other.outside, outside));
    earlier.push({ inside, outside });
    if (clash === -1) return [];
    return [diagnostic(node, at, `expected ids that no other mapping has, found some of mapping ${clash}`)];
  });
}

function number(node: DocumentNode | undefined): number {
  return node?.kind === 'scalar' && typeof node.value === 'number' ? node.value : 0;
}

function rangeOf(start: DocumentNode | undefined, size: number): Range {
  const from = number(start);
  return { from, to: from + size };
}

function overlap(a: Range, b: Range): boolean {
  return a.from < b.to && b.from < a.to;
}

/** Only a bind can have the ids of its files mapped, and then both kinds. */
function checkMappedMount(node: DocumentNode, path: Path): readonly Diagnostic[] {
  if (node.kind !== 'map') return [];
  const [uid, gid] = [mappingKey(node, 'uid'), mappingKey(node, 'gid')];
  const given = uid ?? gid;
  if (given === undefined) return [];
  const at = node.entries.get(given)?.key ?? node;
  if (uid === undefined || gid === undefined) {
    const missing = uid === undefined ? ['uidMappings', 'uidmappings'] : ['gidMappings', 'gidmappings'];
    // What is there and no list is refused by the schema.
    if (missing.some((key) => node.entries.has(key))) return [];
    const message = `expected the key ${quote(missing[0] ?? '')} too, found ${keysOf(node)}`;
    return [{ ...diagnostic(at, [...path, given], message), missing }];
  }
  const options = new Set(items(child(node, 'options')).map((option) => text(option)));
  if (text(child(node, 'type')) !== 'bind' && !options.has('bind') && !options.has('rbind'))
    return [diagnostic(at, [...path, given], 'expected mappings of a bind, found another type of mount')];
  return [uid, gid].flatMap((key) => checkMappings(child(node, key), [...path, key]));
}

/** LinuxKit's spelling is in lower case. */
function mappingKey(node: DocumentNode, kind: 'uid' | 'gid'): string | undefined {
  return [`${kind}Mappings`, `${kind}mappings`].find((key) => items(child(node, key)).length > 0);
}

function checkInterfaces(list: readonly DocumentNode[], path: Path): readonly Diagnostic[] {
  const names = list.map((node) => text(child(node, 'name')));
  return list.flatMap((node, index) => {
    const at = [...path, index];
    const name = names[index];
    const first = names.indexOf(name);
    const found: Diagnostic[] = [];
    if (name !== undefined && first < index)
      found.push(
        diagnostic(
          child(node, 'name') ?? node,
          [...at, 'name'],
          `expected a name of its own, found ${quote(name)} as in interfaces[${first}]`,
        ),
      );
    if (text(child(node, 'add')) === 'veth' && !text(child(node, 'peer')))
      found.push(diagnostic(node, at, `expected the key "peer" for a veth pair, found ${keysOf(node)}`));
    return found;
  });
}
