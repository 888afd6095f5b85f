// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/**
 * Downloads Debian's cloud kernel and unpacks it below `folder`: no root needed, nothing installed. The package comes without
 * what depmod makes. @returns the folder that holds boot/ and lib/, and the kernel's release.
 */
export async function debianKernel(folder: string): Promise<{ root: string; release: string }> {
  const { stdout } = await execa('apt-cache', ['depends', 'linux-image-cloud-amd64']);
  const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
  if (name === undefined) throw new Error(`no kernel among the dependencies: ${stdout}`);
  const downloads = join(folder, 'downloads');
  mkdirSync(downloads);
  await execa('apt-get', ['download', '-qq', name], { cwd: downloads });
  const [deb] = readdirSync(downloads);
  if (deb === undefined) throw new Error(`apt-get download ${name} left no file`);
  const root = join(folder, 'kernel');
  await execa('dpkg-deb', ['-x', join(downloads, deb), root]);
  const [release] = readdirSync(join(root, 'lib/modules'));
  if (release === undefined) throw new Error(`${deb} has no modules`);
  return { root, release };
}
