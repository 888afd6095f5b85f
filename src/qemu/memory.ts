// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { stat } from 'node:fs/promises';
import type { Artifact } from './artifact.ts';
import type { BootChoice } from './boot-choice.ts';
import { readUnpackedSize } from './unpacked-size.ts';

/** For an initrd that does not say how large it is once unpacked. */
const fallbackMiB = 1024;
/** For a root that stays on its disk: kernel, PID 1 and services of some size. */
const diskRootMiB = 512;
/** Of an image with the system in its initrd: the initial ramfs holds half of the memory, and packed it is a quarter at best. */
const packedFactor = 8;

/** Memory in MiB with which a machine boots an artifact. */
export async function neededMemory(artifact: Artifact, { support }: BootChoice): Promise<number> {
  if (artifact.kind === 'kernel') {
    if (artifact.root !== undefined || artifact.initrd === undefined) return diskRootMiB;
    return (await readUnpackedSize(artifact.initrd))?.memoryMiB ?? fallbackMiB;
  }
  if (support?.hasRoot === true) return diskRootMiB;
  const { blocks } = await stat(artifact.file);
  return Math.max(fallbackMiB, 256 + Math.ceil((blocks * 512 * packedFactor) / 2 ** 20));
}
