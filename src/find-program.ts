// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** The absolute path of an executable in PATH, as a shell finds it; undefined when there is none. */
export async function findProgram(name: string, path: string = process.env['PATH'] ?? ''): Promise<string | undefined> {
  for (const folder of path.split(':')) {
    if (folder === '') continue;
    const file = join(folder, name);
    const executable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return file;
  }
  return undefined;
}
