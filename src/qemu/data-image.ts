// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { keepAtExit, removeAtExit } from '../at-exit.ts';
import { TskitError } from '../errors.ts';
import { findProgram } from '../find-program.ts';

const makers = ['genisoimage', 'xorrisofs', 'mkisofs'] as const;

/**
 * An ISO 9660 image with the one file /config, which is how LinuxKit's metadata package and cloud images take data from a CD.
 * Returns its path and what removes it.
 */
export async function createDataImage(data: Uint8Array): Promise<{ file: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tskit-data-'));
  removeAtExit(folder);
  const remove = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    keepAtExit(folder);
  };
  try {
    const maker = await findMaker();
    const source = join(folder, 'config');
    const file = join(folder, 'data.iso');
    await writeFile(source, data);
    await promisify(execFile)(maker, ['-quiet', '-R', '-J', '-V', 'config', '-o', file, source]);
    return { file, remove };
  } catch (error) {
    await remove();
    if (error instanceof TskitError) throw error;
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
