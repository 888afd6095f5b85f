// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createReadStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildContext } from '../context.ts';
import { TskitError } from '../errors.ts';
import { openDeb } from '../packages/deb.ts';
import type { KernelArchitecture } from './architecture.ts';
import { fixedEnvironment, runGroup } from './run.ts';

/** An unpacked source tree. */
export interface KernelSource {
  readonly folder: string;
  /** "6.12.118", as its Makefile has it. */
  readonly version: string;
  /** Debian's copyright file of the source package. */
  readonly copyright: string;
}

/**
 * Unpacks the tar that Debian's linux-source package is about, below `scratch`: 1.3 GB, without what no build for this architecture reads.
 * The package's file is verified before.
 */
export async function unpackSource(
  archive: string,
  packageName: string,
  architecture: KernelArchitecture,
  scratch: string,
  ctx: BuildContext,
): Promise<KernelSource> {
  const deb = await openDeb(archive, scratch, packageName, ctx.signal);
  const path = `usr/src/${packageName}.tar.xz`;
  const tar = deb.entries.find((entry) => entry.type === 'file' && entry.path.replace(/^\.\//, '') === path);
  if (tar === undefined || tar.type !== 'file') {
    throw new TskitError('package', `package "${packageName}": expected "${path}" in it, found none`);
  }
  const folder = join(scratch, 'source');
  await mkdir(folder);
  const act = `unpacking "${packageName}"`;
  await runGroup(
    'tar',
    [
      '-x',
      '--use-compress-program',
      'xz -d -T0',
      '--strip-components=1',
      '--no-same-owner',
      ...exclusions(architecture),
      '-f',
      '-',
    ],
    {
      act,
      cwd: folder,
      env: fixedEnvironment(ctx.epoch),
      signal: ctx.signal,
      input: createReadStream(deb.dataFile, {
        start: tar.offset,
        end: tar.offset + tar.size - 1,
        highWaterMark: 1 << 20,
      }),
    },
  );
  const copyright = deb.entries.find((entry) => entry.type === 'file' && entry.path.endsWith('/copyright'));
  return {
    folder,
    version: await readVersion(join(folder, 'Makefile'), act),
    copyright: copyright === undefined ? '' : await readPart(deb.dataFile, copyright.offset, copyright.size),
  };
}

/** Architectures with much source. Kconfig reads files of all of them, so that only folders without any are left out. */
const otherArchitectures = ['arm', 'arm64', 'mips', 'powerpc', 'riscv', 's390', 'sparc', 'x86'];

/** Documentation, tests, and most of other architectures; arm64 takes code from arm. */
function exclusions({ source }: KernelArchitecture): readonly string[] {
  const needed = source === 'arm64' ? ['arm', 'arm64'] : [source];
  const others = otherArchitectures.filter((name) => !needed.includes(name));
  const folders = ['boot', 'configs', 'include', 'kernel', 'mach-*', 'mm'];
  return [
    'Documentation/*/*',
    'tools/testing/*',
    ...others.flatMap((name) => folders.map((folder) => `arch/${name}/${folder}/*`)),
  ].map((pattern) => `--exclude=*/${pattern}`);
}

async function readVersion(makefile: string, act: string): Promise<string> {
  const text = await readFile(makefile, 'utf8');
  const [version, patch, sub] = ['VERSION', 'PATCHLEVEL', 'SUBLEVEL'].map(
    (name) => new RegExp(`^${name} = (\\d+)$`, 'm').exec(text)?.[1],
  );
  if (version === undefined || patch === undefined || sub === undefined) {
    throw new TskitError('package', `${act}: expected a version in "${makefile}", found none`);
  }
  return `${version}.${patch}.${sub}`;
}

async function readPart(file: string, offset: number, size: number): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file, { start: offset, end: offset + size - 1 }))
    chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
