// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

/**
 * Has others look at a raw disk: sgdisk at its table, e2fsck and dumpe2fs at the file systems of partitions with these labels, which have
 * to be clean and to fill them. The sizes of those in MiB.
 */
export async function checkPartitions(disk: string, labels: readonly string[]): Promise<readonly number[]> {
  expect((await execa('sgdisk', ['--verify', disk])).stdout).toContain('No problems found');
  const { stdout } = await execa('sfdisk', ['--json', disk]);
  const table = JSON.parse(stdout) as {
    partitiontable: { partitions: readonly { name?: string; start: number; size: number }[] };
  };
  const sizes: number[] = [];
  using folder = temporaryFolder();
  for (const label of labels) {
    const partition = table.partitiontable.partitions.find(({ name }) => name === label);
    if (partition === undefined) throw new Error(`no partition ${label}: ${stdout}`);
    const file = join(folder.path, label);
    const { start, size } = partition;
    const range = ['bs=512', `skip=${start}`, `count=${size}`, 'conv=sparse', 'status=none'];
    await execa('dd', [`if=${disk}`, `of=${file}`, ...range]);
    await execa('e2fsck', ['-f', '-n', file]);
    const facts = (await execa('dumpe2fs', ['-h', file])).stdout;
    expect(facts).toMatch(/Filesystem state: +clean\n/);
    expect(facts).not.toMatch(/needs_recovery/);
    expect(Number(/Block count: +(\d+)/.exec(facts)?.[1]) * 4096).toBe(size * 512);
    sizes.push((size * 512) / 1024 ** 2);
  }
  return sizes;
}
