// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * pahole with -j gives types numbers in the order in which threads come to them: other bytes every time. Kernels before 6.12 ask for it
 * whenever pahole knows it.
 */
const script = `#!/bin/sh
for option; do
  shift
  case $option in
    -j|-j[0-9]*) ;;
    *) set -- "$@" "$option" ;;
  esac
done
exec pahole "$@"
`;

/** Writes a pahole without threads into a source tree, and returns its path. */
export async function writeOrderedPahole(folder: string): Promise<string> {
  const file = join(folder, 'scripts/ordered-pahole');
  await writeFile(file, script, { mode: 0o755 });
  return file;
}
