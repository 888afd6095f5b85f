// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { bindShape, isReadonly, readonlyOptions, volumeNameShape } from './check-values.ts';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, items, keysOf, type Path, quote, text } from './document.ts';
import { nearestKey } from './nearest-key.ts';
import { type FormatPlace, uniqueNames } from './unique-names.ts';

/** A node of the document and its path. */
export interface Located {
  readonly node: DocumentNode;
  readonly path: Path;
}

/** Mistakes in `volumes`, and in what `containers` use of them. */
export function checkVolumes(
  root: DocumentNode,
  containers: readonly Located[],
  placeOf: FormatPlace,
): readonly Diagnostic[] {
  const volumes = items(child(root, 'volumes'));
  const readonlyByName = new Map(
    volumes.flatMap((volume) => {
      const name = text(child(volume, 'name'));
      return name === undefined ? [] : [[name, isTrue(child(volume, 'readonly'))] as const];
    }),
  );
  return [
    ...uniqueNames(volumes, ['volumes'], placeOf),
    ...volumes.flatMap((volume, index) => checkFormat(volume, ['volumes', index])),
    ...containers.flatMap((container) => checkSources(container, readonlyByName)),
  ];
}

function checkFormat(volume: DocumentNode, path: Path): readonly Diagnostic[] {
  if (volume.kind !== 'map') return [];
  const isLayout = text(child(volume, 'format')) === 'oci';
  if (isLayout && child(volume, 'image') === undefined) {
    return [diagnostic(volume, path, `expected the key "image", which format "oci" needs, found ${keysOf(volume)}`)];
  }
  const platforms = volume.entries.get('platforms');
  if (isLayout || platforms === undefined || items(platforms.value).length === 0) return [];
  const message =
    'expected no platforms but with format "oci": a file system is laid out for the one that is built for';
  return [diagnostic(platforms.key, [...path, 'platforms'], message)];
}

/** Name of each volume, and whether it is read-only. */
type Volumes = ReadonlyMap<string, boolean>;

/**
 * Mistakes in the sources of binds, which are absolute paths or names of volumes. A label does not know which `volumes` there
 * are: then any name will do.
 */
export function checkSources({ node, path }: Located, volumes?: Volumes): readonly Diagnostic[] {
  const binds = ['binds', 'binds.add'].flatMap((key) =>
    items(child(node, key)).flatMap((bind, index) => checkBindSource(bind, [...path, key, index], volumes)),
  );
  const mounts = items(child(node, 'mounts')).flatMap((mount, index) =>
    checkMountSource(mount, [...path, 'mounts', index], volumes),
  );
  return [...binds, ...mounts];
}

function checkBindSource(node: DocumentNode, path: Path, volumes: Volumes | undefined): readonly Diagnostic[] {
  const bind = text(node) ?? '';
  const [source = '', destination = '', options = ''] = bind.split(':');
  if (!bindShape.test(bind) || source.startsWith('/')) return [];
  if (!isKnown(source, volumes)) return [unknownVolume(node, path, source, volumes)];
  if (volumes?.get(source) !== true || isReadonly(options.split(','))) return [];
  const fixed = `${source}:${destination}:${readonlyOptions(options.split(',')).join(',')}`;
  return [diagnostic(node, path, writesReadonly(source, quote(bind)), `did you mean ${quote(fixed)}?`)];
}

function checkMountSource(node: DocumentNode, path: Path, volumes: Volumes | undefined): readonly Diagnostic[] {
  const at = child(node, 'source') ?? node;
  const source = text(child(node, 'source')) ?? '';
  if (text(child(node, 'type')) !== 'bind' || source.startsWith('/')) return [];
  if (!isKnown(source, volumes)) return [unknownVolume(at, [...path, 'source'], source, volumes)];
  const options = items(child(node, 'options')).flatMap((option) => text(option) ?? []);
  if (volumes?.get(source) !== true || isReadonly(options)) return [];
  const found = options.length === 0 ? 'a mount without options' : quote(options.join(','));
  const suggestion = `did you mean options: [${readonlyOptions(options).join(', ')}]?`;
  return [diagnostic(child(node, 'options') ?? node, path, writesReadonly(source, found), suggestion)];
}

function isKnown(source: string, volumes: Volumes | undefined): boolean {
  return volumes === undefined ? volumeNameShape.test(source) : volumes.has(source);
}

function unknownVolume(node: DocumentNode, path: Path, name: string, volumes: Volumes | undefined): Diagnostic {
  const names = [...(volumes?.keys() ?? [])];
  const near = nearestKey(name, names);
  const known = names.length === 0 ? ', of which the spec has none' : `, such as ${quote(names[0] ?? '')}`;
  const what = `an absolute path or the name of a volume${volumes === undefined ? '' : known}`;
  const suggestion = near === undefined ? undefined : `did you mean ${quote(near)}?`;
  return diagnostic(node, path, `expected ${what}, found ${quote(name)}`, suggestion);
}

function writesReadonly(volume: string, found: string): string {
  return `expected the option "ro", because volume ${quote(volume)} is read-only, found ${found}`;
}

function isTrue(node: DocumentNode | undefined): boolean {
  return node?.kind === 'scalar' && node.value === true;
}
