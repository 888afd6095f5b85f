// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { access, readFile } from 'node:fs/promises';
import { TskitError } from '../errors.ts';

/** What `tskit build` wrote for a kernel and initrd pair. */
export interface Artifact {
  readonly kernel: string;
  readonly initrd: string;
  readonly cmdline: string;
}

/**
 * Finds NAME-kernel, NAME-initrd.img and NAME-cmdline (LinuxKit's names) from NAME or from the name of one of the three.
 */
export async function findArtifact(path: string): Promise<Artifact> {
  const base = path.replace(/-(kernel|initrd\.img|cmdline)$/, '');
  const files = { kernel: `${base}-kernel`, initrd: `${base}-initrd.img`, cmdline: `${base}-cmdline` };
  const missing: string[] = [];
  for (const file of Object.values(files)) await access(file).catch(() => missing.push(file));
  if (missing.length > 0) {
    const found = missing.map((file) => `"${file}"`).join(', ');
    throw new TskitError('not-found', `run: "${path}": expected what a build wrote, missing ${found}`, {
      hint: 'build it first: `tskit build SPEC.yml`',
    });
  }
  return { kernel: files.kernel, initrd: files.initrd, cmdline: (await readFile(files.cmdline, 'utf8')).trim() };
}
