// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';
import { TskitError } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import type { Disk } from './options.ts';

/** Where the programs that make disks come from, when they are missing. */
const packagesOf: Readonly<Record<string, string>> = { truncate: 'coreutils', 'qemu-img': 'qemu-utils' };

/**
 * The command that makes a disk, undefined when the disk exists.
 * @throws TskitError `not-found` when it does not and has no size.
 */
export async function diskCommand(disk: Disk): Promise<readonly [program: string, ...args: string[]] | undefined> {
  const exists = await access(disk.file).then(
    () => true,
    () => false,
  );
  if (exists) return undefined;
  if (disk.size === undefined) {
    throw new TskitError('not-found', `run: --disk "${disk.file}": the file does not exist and no size is given`, {
      hint: `add the size: \`--disk ${disk.file},size=1G\``,
    });
  }
  // A raw disk is a file with a hole, for which qemu-img need not be there.
  return disk.format === 'raw'
    ? ['truncate', '--size', disk.size, disk.file]
    : ['qemu-img', 'create', '-q', '-f', disk.format, disk.file, disk.size];
}

/** Makes a disk that does not exist. Throws `not-found` like {@link diskCommand}, and `qemu` when the disk cannot be made. */
export async function createDisk(disk: Disk): Promise<void> {
  const command = await diskCommand(disk);
  if (command === undefined) return;
  const [program, ...args] = command;
  if ((await findProgram(program)) === undefined) {
    throw new TskitError('qemu', `run: --disk "${disk.file}": expected "${program}" in PATH, found none`, {
      hint: `install ${packagesOf[program]}`,
    });
  }
  await promisify(execFile)(program, args).catch((error: Error & { stderr?: string }) => {
    const said = error.stderr?.trim() || error.message;
    throw new TskitError('qemu', `run: --disk "${disk.file}": ${said}`, { cause: error });
  });
}
