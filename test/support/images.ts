// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/** Path -> content of a file, or target of a symbolic link. */
export type Tree = Readonly<Record<string, string | { readonly link: string }>>;

export interface ImageOptions {
  /** Lowest layer first. */
  readonly layers: readonly Tree[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** "amd64" when absent. */
  readonly architecture?: string;
}

export interface CopyOptions {
  /** Manifest format at the destination. */
  readonly format?: 'oci' | 'v2s2';
  readonly compression?: 'gzip' | 'zstd';
  readonly login?: { readonly user: string; readonly password: string };
  /** Copies every image of an index, not this machine's only. */
  readonly all?: boolean;
  readonly preserveDigests?: boolean;
}

/** Makes an image with umoci in an OCI layout, which is created when it is not there. Layers are compressed with gzip. */
export async function umociImage(layout: string, tag: string, options: ImageOptions): Promise<void> {
  const image = `${layout}:${tag}`;
  await execa('umoci', ['init', '--layout', layout], { reject: false });
  await execa('umoci', ['new', '--image', image]);
  for (const layer of options.layers) {
    await withTree(layer, async (folder) => {
      await execa('umoci', ['insert', '--image', image, folder, '/']);
    });
  }
  await execa('umoci', ['config', '--image', image, ...umociFlags(options)]);
}

/** The same from a folder of this machine, with its owners, modes and special files. */
export async function umociFolderImage(layout: string, tag: string, folder: string): Promise<void> {
  const image = `${layout}:${tag}`;
  await execa('umoci', ['init', '--layout', layout], { reject: false });
  await execa('umoci', ['new', '--image', image]);
  await execa('umoci', ['insert', '--image', image, folder, '/']);
}

/** Makes an image with buildah, one layer, and pushes it to a destination of skopeo's kind ("docker://…", "docker-archive:…"). */
export async function buildahImage(destination: string, options: ImageOptions): Promise<void> {
  const state = mkdtempSync(join(tmpdir(), 'tskit-buildah-'));
  const buildah = (...args: readonly string[]): Promise<{ stdout: string }> =>
    execa('buildah', [
      '--root',
      join(state, 'root'),
      '--runroot',
      join(state, 'run'),
      '--storage-driver',
      'vfs',
      ...args,
    ]);
  try {
    const { stdout: container } = await buildah('from', 'scratch');
    for (const layer of options.layers) {
      await withTree(layer, async (folder) => {
        await buildah('add', '--quiet', container, folder, '/');
      });
    }
    await buildah('config', ...buildahFlags(options), container);
    await buildah('commit', '--quiet', '--format', 'docker', container, 'localhost/image:latest');
    await buildah('push', '--quiet', '--tls-verify=false', 'localhost/image:latest', destination);
    await buildah('rm', container);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

/**
 * Copies an image with skopeo; both sides in skopeo's notation ("oci:DIR:TAG", "docker://127.0.0.1:5000/x"). A change of
 * compression goes through a folder of plain layers, because skopeo compresses only what is not compressed yet.
 */
export async function copyImage(source: string, destination: string, options: CopyOptions = {}): Promise<void> {
  if (options.compression === undefined) {
    return skopeoCopy(source, destination, options);
  }
  const plain = mkdtempSync(join(tmpdir(), 'tskit-plain-'));
  try {
    await execa('skopeo', ['copy', '--quiet', '--insecure-policy', '--dest-decompress', source, `dir:${plain}`]);
    await skopeoCopy(`dir:${plain}`, destination, options);
  } finally {
    rmSync(plain, { recursive: true, force: true });
  }
}

async function skopeoCopy(source: string, destination: string, options: CopyOptions): Promise<void> {
  await execa('skopeo', [
    'copy',
    '--quiet',
    '--insecure-policy',
    '--src-tls-verify=false',
    '--dest-tls-verify=false',
    ...(options.format === undefined ? [] : ['--format', options.format]),
    ...(options.compression === undefined ? [] : ['--dest-compress-format', options.compression, '--dest-compress']),
    ...(options.login === undefined ? [] : ['--dest-creds', `${options.login.user}:${options.login.password}`]),
    ...(options.all === true ? ['--all'] : []),
    ...(options.preserveDigests === true ? ['--preserve-digests'] : []),
    source,
    destination,
  ]);
}

function umociFlags({ entrypoint = [], environment = {}, labels = {}, architecture }: ImageOptions): readonly string[] {
  return [
    '--architecture',
    architecture ?? 'amd64',
    '--os',
    'linux',
    ...entrypoint.flatMap((word) => ['--config.entrypoint', word]),
    ...Object.entries(environment).flatMap(([name, value]) => ['--config.env', `${name}=${value}`]),
    ...Object.entries(labels).flatMap(([name, value]) => ['--config.label', `${name}=${value}`]),
  ];
}

function buildahFlags({
  entrypoint = [],
  environment = {},
  labels = {},
  architecture,
}: ImageOptions): readonly string[] {
  return [
    '--arch',
    architecture ?? 'amd64',
    '--os',
    'linux',
    '--entrypoint',
    JSON.stringify(entrypoint),
    ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
  ];
}

async function withTree(tree: Tree, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tskit-tree-'));
  try {
    for (const [path, content] of Object.entries(tree)) {
      const target = join(folder, path);
      mkdirSync(dirname(target), { recursive: true });
      if (typeof content === 'string') {
        writeFileSync(target, content);
      } else {
        symlinkSync(content.link, target);
      }
    }
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
