// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync, readdirSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { TskitError } from '../errors.ts';
import { writeUserFile } from '../user-file.ts';

const recipe = (
  name: string,
): string => `# ${name}: what it is for, how it is used (onboot or services), and what it needs bound.
packages:
  - busybox-static

# Maintainer scripts are not run: what does their work here, or why there is none to do.
replaced:
  busybox-static:
    trigger update-initramfs: an image has no initramfs of its own

# What stays of the packages; programs keep the libraries that they are linked with.
libraries: true
pick:
  - /bin/busybox
  - /usr/share/doc/*/copyright

links:
  - { in: /usr/bin, names: [sh, sleep], target: busybox }

files:
  - { path: /usr/bin/${name}, source: ${name}, mode: "0755" }

# users:
#   - { name: ${name}, uid: 900, gid: 900 }
# dirs:
#   - { path: /var/lib/${name}, uid: ${name}, mode: "0700" }

config:
  entrypoint: [/usr/bin/${name}]
  labels:
    org.mobyproject.config:
      capabilities: []
      readonly: true
`;

const program = (name: string): string => `#!/bin/sh
echo "${name}: running"
exec sleep 2147483647
`;

/**
 * Writes a recipe that builds, as a start for one's own. Returns the paths written. Throws `usage` for a name that is none, and `io`
 * when the folder has anything in it.
 */
export async function writeScaffold(folder: string, name: string): Promise<readonly string[]> {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) {
    throw new TskitError(
      'usage',
      `pkg new: expected a name of lower-case letters, digits, ".", "_" and "-", found "${name}"`,
    );
  }
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new TskitError('io', `writing a recipe to "${folder}": expected a new or empty folder, found files in it`, {
      hint: 'choose another name, or move what is there',
    });
  }
  const paths = [join(folder, 'recipe.yml'), join(folder, 'files', name)] as const;
  writeUserFile(paths[0], recipe(name));
  writeUserFile(paths[1], program(name));
  await chmod(paths[1], 0o755);
  return paths;
}
