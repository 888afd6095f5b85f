// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { copyImage, umociFolderImage } from './images.ts';

/** What the clients call the image. */
export const busyboxName = 'localhost/busybox:test';

/**
 * Makes an image of Debian's static busybox with all its commands, /etc/passwd and a user, in an archive that clients load.
 * @param kind skopeo's name of the archive's format
 * @returns the archive's path
 */
export async function busyboxArchive(folder: string, kind: 'oci-archive' | 'docker-archive'): Promise<string> {
  const layout = join(folder, 'layout');
  await busyboxRoot(join(folder, 'root'));
  await umociFolderImage(layout, 'busybox', join(folder, 'root'));
  const image = ['--image', `${layout}:busybox`];
  await execa('umoci', ['config', ...image, '--config.cmd', '/bin/sh', '--config.env', 'PATH=/bin']);
  const archive = join(folder, 'busybox.tar');
  await copyImage(`oci:${layout}:busybox`, `${kind}:${archive}:${busyboxName}`);
  return archive;
}

/** The tree of a container: busybox, a link for each of its commands, and the users root and someone. */
export async function busyboxRoot(root: string): Promise<void> {
  for (const name of ['bin', 'etc', 'tmp', 'proc', 'sys', 'dev', 'root', 'home/someone']) {
    await mkdir(join(root, name), { recursive: true });
  }
  await chmod(join(root, 'tmp'), 0o1777);
  await copyFile('/bin/busybox', join(root, 'bin/busybox'));
  const { stdout } = await execa('/bin/busybox', ['--list']);
  for (const command of stdout.split('\n').filter((name) => name !== 'busybox')) {
    await symlink('busybox', join(root, 'bin', command));
  }
  await writeFile(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nsomeone:x:1000:1000::/home/someone:/bin/sh\n',
  );
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nsomeone:x:1000:\nextra:x:2000:someone\n');
}
