// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { copyImage } from '../support/images.ts';
import { type ImageLayer, writeImage } from '../support/layer-image.ts';
import { type RawHeader, rawTar } from '../support/raw-tar.ts';
import type { ImageSettings } from './package-image.ts';

/** An image that takes another's place: the same config, and the probe under every path that is run. */
export interface StandIn {
  readonly settings: ImageSettings;
  /** Programs, as commands name them: a path, or a name that is looked for in PATH. */
  readonly programs: ReadonlySet<string>;
  /** Lines of /.stand-in. */
  readonly lines: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
}

/** Where `images` are pushed to. */
export interface Destination {
  readonly host: string;
  /** A folder for layouts. */
  readonly folder: string;
}

/** The name of a reference's stand-in in the registry: its digest would be another's. */
export function standInName(host: string, reference: string): string {
  const [name = ''] = reference.replace(/^docker\.io\//, '').split('@');
  const path = name.replace(/^[^/]*[.:][^/]*\//, (registry) => registry.replace(/[:.]/g, '-'));
  const full = path.includes('/') ? path : `library/${path}`;
  return `${host}/${full.toLowerCase()}${/:[^/]*$/.test(full) ? '' : ':latest'}`;
}

/** Makes a stand-in's image and pushes it. */
export async function pushStandIn(
  reference: string,
  { settings, programs, lines, folders, files }: StandIn,
  probe: Buffer,
  { host, folder }: Destination,
): Promise<void> {
  const paths = [...programs].map((name) => (name.startsWith('/') ? name : `/bin/${name}`));
  const entries: RawHeader[] = [
    { name: '.stand-in', data: [...lines].map((line) => `${line}\n`).join('') },
    { name: 'probe', mode: 0o755, data: probe },
    ...[...folders].map((path) => ({ name: path.slice(1), typeflag: '5' })),
    ...[...files].map((path) => ({ name: path.slice(1), data: `${path} of ${reference}\n`, mode: 0o755 })),
    ...paths.map((path) => ({ name: path.slice(1), typeflag: '1', link: 'probe' })),
  ];
  await pushImage(reference, [{ tar: withParents(entries) }], settings, { host, folder });
}

/** Makes an image of layers and pushes it under a reference's stand-in name. */
export async function pushImage(
  reference: string,
  layers: readonly ImageLayer[],
  settings: ImageSettings,
  { host, folder }: Destination,
): Promise<void> {
  const layout = join(folder, reference.replace(/[^A-Za-z0-9]/g, '-'));
  writeImage(layout, layers, settings);
  await copyImage(`oci:${layout}:latest`, `docker://${standInName(host, reference)}`);
}

/** A layer in which every folder is there before what is in it. */
export function withParents(entries: readonly RawHeader[]): Buffer {
  const known = new Set<string>(['.', '']);
  const all: RawHeader[] = [];
  for (const entry of entries) {
    const missing: string[] = [];
    for (let path = dirname(String(entry.name)); !known.has(path); path = dirname(path)) missing.unshift(path);
    for (const name of missing) {
      known.add(name);
      all.push({ name, typeflag: '5' });
    }
    if (known.has(String(entry.name))) continue;
    known.add(String(entry.name));
    all.push(entry);
  }
  return rawTar(...all);
}

/** The layers of an image in an OCI layout, by the reference that the layout has for it. */
export function layersOf(layout: string, isWanted: (reference: string) => boolean): readonly ImageLayer[] {
  const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
  const blob = (digest: string): string => join(layout, 'blobs', digest.replace(':', '/'));
  const index = json(join(layout, 'index.json')) as {
    readonly manifests: readonly { readonly digest: string; readonly annotations?: Readonly<Record<string, string>> }[];
  };
  const found = index.manifests.findLast(({ annotations }) =>
    isWanted(annotations?.['org.opencontainers.image.ref.name'] ?? ''),
  );
  if (found === undefined) throw new Error(`${layout} has no such image`);
  const manifest = json(blob(found.digest)) as { readonly layers: readonly { readonly digest: string }[] };
  return manifest.layers.map(({ digest }) => ({ tar: gunzipIfNeeded(readFileSync(blob(digest))) }));
}

function gunzipIfNeeded(bytes: Buffer): Buffer {
  return bytes.readUInt16BE() === 0x1f8b ? gunzipSync(bytes) : bytes;
}
