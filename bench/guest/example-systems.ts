// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// What the bench of the examples boots: the examples, the smallest one on each kernel, and the same kernels with busybox alone.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packCpio, put } from './hand-made.ts';

const root = new URL('../..', import.meta.url).pathname;

/** Kernels of recipes that the smallest system is measured with; all but the first are compiled when the cache has none. */
export function minimalKernels(): readonly string[] {
  return ['kernel', 'kernel-vm', 'kernel-micro']
    .filter((name) => existsSync(join(root, 'packages', name)))
    .map((name) => `pkg:${name}`);
}

/** Builds an example as its comment says, into `folder`. */
export function buildExample(file: string, folder: string, cache: string | undefined): void {
  build(join(root, 'examples', file), folder, cache);
}

/** Builds examples/minimal.yml with another kernel, and returns what its files begin with. */
export function buildMinimal(kernel: string, folder: string, cache: string | undefined): string {
  const name = `${kernel.replace('pkg:', '')}-minimal`;
  const text = readFileSync(join(root, 'examples/minimal.yml'), 'utf8');
  writeFileSync(join(folder, `${name}.yml`), text.replace(/image: pkg:kernel$/m, `image: ${kernel}`));
  build(join(folder, `${name}.yml`), folder, cache);
  return join(folder, name);
}

/** The kernel of `buildMinimal`, which has to come first in the cache, with an initramfs made by hand; what its files begin with. */
export function buildBare(kernel: string, folder: string, cache: string | undefined): string {
  const built = buildMinimal(kernel, folder, cache);
  const base = join(folder, `${kernel.replace('pkg:', '')}-bare`);
  const tree = `${base}-tree`;
  put(join(root, 'bench/guest/bare-init.sh'), tree, 'init');
  put('/bin/busybox', tree, 'bin/busybox');
  for (const mountPoint of ['dev', 'proc', 'sys', 'srv']) mkdirSync(join(tree, mountPoint));
  writeFileSync(`${base}-initrd.img`, packCpio(tree));
  for (const part of ['kernel', 'cmdline']) cpSync(`${built}-${part}`, `${base}-${part}`);
  return base;
}

function build(spec: string, folder: string, cache: string | undefined): void {
  const args = ['build', '--quiet', ...(cache === undefined ? [] : ['--cache', cache]), '--dir', folder, spec];
  execFileSync(join(root, 'bin/tskit'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
