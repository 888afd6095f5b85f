// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { open } from 'node:fs/promises';
import { TskitError } from '../errors.ts';

/** What `tskit build` wrote for a kernel and initrd pair. */
export interface Artifact {
  readonly kernel: string;
  readonly initrd: string;
  readonly cmdline: string;
}

/**
 * Finds NAME-kernel, NAME-initrd.img and NAME-cmdline (LinuxKit's names) from NAME or from the name of one of the three.
 * @throws TskitError `not-found` when one is missing or cannot be read as a file.
 */
export async function findArtifact(path: string): Promise<Artifact> {
  const base = path.replace(/-(kernel|initrd\.img|cmdline)$/, '');
  const files = { kernel: `${base}-kernel`, initrd: `${base}-initrd.img`, cmdline: `${base}-cmdline` };
  const problems: string[] = [];
  for (const file of Object.values(files)) {
    const problem = await problemOf(file);
    if (problem !== undefined) problems.push(`"${file}" ${problem}`);
  }
  if (problems.length > 0) {
    throw new TskitError('not-found', `run: "${path}": expected what a build wrote, found ${problems.join(', ')}`, {
      hint: 'build it first: `tskit build SPEC.yml`',
    });
  }
  await using cmdline = await open(files.cmdline);
  return { kernel: files.kernel, initrd: files.initrd, cmdline: (await cmdline.readFile('utf8')).trim() };
}

async function problemOf(file: string): Promise<string | undefined> {
  try {
    await using handle = await open(file);
    return (await handle.stat()).isFile() ? undefined : 'is not a file';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'missing' : `not readable (${code ?? message})`;
  }
}
