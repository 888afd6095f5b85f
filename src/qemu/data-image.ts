// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TskitError } from '../errors.ts';
import { findProgram } from '../find-program.ts';

const makers = ['genisoimage', 'xorrisofs', 'mkisofs'] as const;

/**
 * An ISO 9660 image in `folder` with the one file /config, which is how LinuxKit's metadata package and cloud images take data
 * from a CD. Returns its path.
 */
export async function createDataImage(data: Uint8Array, folder: string): Promise<string> {
  const maker = await findMaker();
  const [source, file] = [join(folder, 'config'), join(folder, 'data.iso')];
  try {
    await writeFile(source, data);
    await promisify(execFile)(maker, ['-quiet', '-R', '-J', '-V', 'config', '-o', file, source]);
    return file;
  } catch (error) {
    throw new TskitError('qemu', `run: --data: making the image: ${(error as Error).message.trim()}`, { cause: error });
  }
}

async function findMaker(): Promise<string> {
  for (const name of makers) {
    const program = await findProgram(name);
    if (program !== undefined) return program;
  }
  throw new TskitError(
    'qemu',
    `run: --data: expected one of ${makers.join(', ')} in PATH to make the image, found none`,
    {
      hint: 'install genisoimage or xorriso',
    },
  );
}
