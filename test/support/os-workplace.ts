// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type CliOptions, runTskit } from './cli.ts';
import { bzImage } from './efi-program.ts';
import { sampleLayer } from './hostile-registry.ts';
import { writeImage } from './layer-image.ts';
import { rawTar } from './raw-tar.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Where a build of a workplace goes, and in which formats, comma-separated; the default one unless given. */
export interface BuildPlaces {
  readonly cache?: string;
  readonly out?: string;
  readonly formats?: string;
  /** The workplace's os.yml unless given. */
  readonly spec?: string;
}

/** A folder with a spec that builds without registry and Debian archive: its images are layouts beside it. */
export interface OsWorkplace extends Disposable {
  readonly path: string;
  /** os.yml, with a kernel that no machine would boot and two services. */
  readonly spec: string;
  /** root.yml: the same with its root in a root image. */
  readonly rootSpec: string;
  readonly cache: string;
  /** Where the artifacts go; made by the first build. */
  readonly out: string;
  /** `tskit build` with these places, or others. */
  buildArgs(other?: BuildPlaces): readonly string[];
}

/** What a kernel without modules has to have for a root on a disk. */
const builtIn = ['drivers/md/dm-mod', 'drivers/md/dm-verity', 'fs/erofs/erofs']
  .map((path) => `kernel/${path}.ko\n`)
  .join('');

/** `serviceBytes` of contents that do not compress are in the first service's image. */
export function osWorkplace(options: { serviceBytes?: number } = {}): OsWorkplace {
  const folder = temporaryFolder();
  const { path } = folder;
  // For tests that build as another user.
  chmodSync(path, 0o755);
  const kernel = { name: 'kernel', data: bzImage('a kernel') };
  const modules = { name: 'kernel.tar', data: rawTar({ name: 'lib/modules/6.1.0/modules.builtin', data: builtIn }) };
  writeImage(join(path, 'kernel'), [{ tar: rawTar(kernel, modules) }]);
  writeImage(join(path, 'web'), [{ tar: gunzipSync(sampleLayer(options.serviceBytes ?? 100_000)) }]);
  const entries = [
    { name: 'bin', typeflag: '5' },
    { name: 'bin/small', mode: 0o4755, data: 'small' },
  ];
  writeImage(join(path, 'small'), [{ tar: rawTar(...entries) }]);
  const spec = join(path, 'os.yml');
  writeFileSync(spec, specText('oci:web'));
  const rootSpec = join(path, 'root.yml');
  writeFileSync(rootSpec, `root: erofs\n${specText('oci:web').replace('tar: none', 'tar: kernel.tar')}`);
  const cache = join(path, 'cache');
  const out = join(path, 'out');
  return {
    path,
    spec,
    rootSpec,
    cache,
    out,
    buildArgs: (other) => [
      'build',
      '--cache',
      other?.cache ?? cache,
      '--dir',
      other?.out ?? out,
      ...(other?.formats === undefined ? [] : ['--format', other.formats]),
      other?.spec ?? spec,
    ],
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** Builds a workplace's spec and returns the digests of the artifacts by name. */
export async function buildIn(
  place: OsWorkplace,
  options: CliOptions & BuildPlaces = {},
): Promise<Readonly<Record<string, string>>> {
  const { exitCode, stderr } = await runTskit(place.buildArgs(options), options);
  if (exitCode !== 0) throw new Error(`the build ended with ${exitCode}:\n${stderr}`);
  return digestsIn(options.out ?? place.out);
}

/** The spec of a workplace with another image for its first service. */
export function specText(web: string): string {
  return `kernel:
  image: oci:kernel
  cmdline: console=ttyS0
  tar: none
services:
  - name: web
    image: ${web}
    command: [/data]
  - name: small
    image: oci:small
    command: [/bin/small]
files:
  - path: /etc/motd
    mode: "0644"
    contents: welcome
`;
}

/** SHA-256 by name of every file in a folder, hidden ones too; empty for a folder that is not there. */
export function digestsIn(folder: string): Readonly<Record<string, string>> {
  if (!existsSync(folder)) return {};
  const entries = readdirSync(folder).map((name) => {
    const digest = createHash('sha256').update(readFileSync(join(folder, name)));
    return [name, digest.digest('hex')] as const;
  });
  return Object.fromEntries(entries);
}
