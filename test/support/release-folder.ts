// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync, rmSync } from 'node:fs';
import { execa } from 'execa';

/** Unmounts everything below a folder of a client, deepest first, and removes the folder. */
export async function releaseFolder(folder: string): Promise<void> {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.toReversed()) await execa('umount', ['--lazy', point], { reject: false });
  rmSync(folder, { recursive: true, force: true });
}
