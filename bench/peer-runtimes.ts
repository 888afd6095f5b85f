// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withDebianApt } from '../scripts/debian-apt.ts';

/** Debian 12's crun fails on machines that withhold CAP_SYS_RESOURCE, so the current one is measured against. */
const suite = 'sid';

/**
 * Debian's current crun, unpacked with its own C library into `folder` and never installed; fetched once. Returns its path.
 * It starts as an installed one does: the paths of loader and libraries are written into a copy of the file.
 */
export async function currentCrun(folder: string): Promise<string> {
  const root = join(folder, 'crun');
  if (!existsSync(root)) await fetchCrun(folder, root);
  return join(root, 'usr/bin/crun');
}

async function fetchCrun(folder: string, root: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const partial = mkdtempSync(join(folder, 'partial-'));
  try {
    await withDebianApt(partial, { suite, kind: 'deb', purpose: 'crun', hint: 'check that apt works' }, (apt) => {
      const closure = apt('apt-cache', [...dependsOptions, 'crun'], partial);
      const names = new Set(closure.split('\n').filter((line) => /^[a-z0-9]/.test(line)));
      apt('apt-get', ['download', ...names], partial);
    });
    for (const file of readdirSync(partial))
      if (file.endsWith('.deb')) execFileSync('dpkg-deb', ['-x', join(partial, file), join(partial, 'root')]);
    const libraries = join(root, 'usr/lib/x86_64-linux-gnu');
    const loader = join(libraries, 'ld-linux-x86-64.so.2');
    const crun = join(partial, 'root/usr/bin/crun');
    execFileSync('patchelf', ['--set-interpreter', loader, '--force-rpath', '--set-rpath', libraries, crun]);
    renameSync(join(partial, 'root'), root);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

const dependsOptions = [
  'depends',
  '--recurse',
  '--no-recommends',
  '--no-suggests',
  '--no-conflicts',
  '--no-breaks',
  '--no-replaces',
  '--no-enhances',
];
