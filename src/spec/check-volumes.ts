// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { isReadonly, readonlyOptions, volumeNameShape } from './check-values.ts';
import { type Diagnostic, diagnostic } from './diagnostics.ts';
import { child, type DocumentNode, items, keysOf, type Path, quote, text } from './document.ts';
import { nearestKey } from './nearest-key.ts';
import { uniqueNames } from './unique-names.ts';

/** A node of the document and its path. */
export interface Located {
  readonly node: DocumentNode;
  readonly path: Path;
}

/** Mistakes in `volumes`, and in what `containers` use of them. */
export function checkVolumes(root: DocumentNode, containers: readonly Located[]): readonly Diagnostic[] {
  const volumes = items(child(root, 'volumes'));
  const readonlyByName = new Map(
    volumes.map((volume) => [text(child(volume, 'name')) ?? '', isTrue(child(volume, 'readonly'))]),
  );
  return [
    ...uniqueNames(volumes, ['volumes']),
    ...volumes.flatMap((volume, index) => checkFormat(volume, ['volumes', index])),
    ...containers.flatMap((container) => checkUses(container, readonlyByName)),
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

function checkUses({ node, path }: Located, volumes: Volumes): readonly Diagnostic[] {
  const binds = ['binds', 'binds.add'].flatMap((key) =>
    items(child(node, key)).flatMap((bind, index) => checkBindUse(bind, [...path, key, index], volumes)),
  );
  const mounts = items(child(node, 'mounts')).flatMap((mount, index) =>
    checkMountUse(mount, [...path, 'mounts', index], volumes),
  );
  return [...binds, ...mounts];
}

function checkBindUse(node: DocumentNode, path: Path, volumes: Volumes): readonly Diagnostic[] {
  const [source = '', destination = '', options = ''] = text(node)?.split(':') ?? [];
  if (!isVolumeName(source) || destination === '') return [];
  const readonly = volumes.get(source);
  if (readonly === undefined) return [unknownVolume(node, path, source, volumes)];
  if (!readonly || isReadonly(options.split(','))) return [];
  const fixed = `${source}:${destination}:${readonlyOptions(options.split(',')).join(',')}`;
  const suggestion = `did you mean ${quote(fixed)}?`;
  return [diagnostic(node, path, writesReadonly(source, quote(text(node) ?? '')), suggestion)];
}

function checkMountUse(node: DocumentNode, path: Path, volumes: Volumes): readonly Diagnostic[] {
  const sourceNode = child(node, 'source');
  const source = text(sourceNode) ?? '';
  if (sourceNode === undefined || text(child(node, 'type')) !== 'bind' || !isVolumeName(source)) return [];
  const readonly = volumes.get(source);
  if (readonly === undefined) return [unknownVolume(sourceNode, [...path, 'source'], source, volumes)];
  const options = items(child(node, 'options')).flatMap((option) => text(option) ?? []);
  if (!readonly || isReadonly(options)) return [];
  const found = options.length === 0 ? 'a mount without options' : quote(options.join(','));
  const suggestion = `did you mean options: [${readonlyOptions(options).join(', ')}]?`;
  return [diagnostic(child(node, 'options') ?? node, path, writesReadonly(source, found), suggestion)];
}

function unknownVolume(node: DocumentNode, path: Path, name: string, volumes: Volumes): Diagnostic {
  const near = nearestKey(name, [...volumes.keys()]);
  const known = volumes.size === 0 ? 'of which the spec has none' : `such as ${quote([...volumes.keys()][0] ?? '')}`;
  const message = `expected an absolute path or the name of a volume, ${known}, found ${quote(name)}`;
  return diagnostic(node, path, message, near === undefined ? undefined : `did you mean ${quote(near)}?`);
}

function writesReadonly(volume: string, found: string): string {
  return `expected the option "ro", because volume ${quote(volume)} is read-only, found ${found}`;
}

/** Other sources are refused for what they are. */
function isVolumeName(source: string): boolean {
  return volumeNameShape.test(source);
}

function isTrue(node: DocumentNode | undefined): boolean {
  return node?.kind === 'scalar' && node.value === true;
}
