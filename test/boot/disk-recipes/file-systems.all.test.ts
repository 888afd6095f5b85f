// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { Machine } from '../../support/machine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('xfs, btrfs and vfat are made and mounted, and -force makes a disk with data anew', async () => {
  using folder = temporaryFolder();
  const disks = [400, 200, 40, 40].map((size, index) => {
    const file = join(folder.path, `disk${index}`);
    writeFileSync(file, '');
    truncateSync(file, size * 1024 ** 2);
    return file;
  });
  const [, , , old = ''] = disks;
  await execa('sfdisk', ['--quiet', old], { input: 'label: gpt\n,8M\n,8M\n' });
  const { base } = await buildForBoot(new URL('./file-systems.yml', import.meta.url).pathname, folder.path);
  await using machine = new Machine([...disks.flatMap((disk) => ['--disk', disk]), base]);
  await machine.waitFor(/booted in |boot stopped/, 240_000);
  expect(machine.console).not.toMatch(/degraded|FAILED|\*\*\*/);
  for (const [node, type] of [
    ['vda1', 'xfs'],
    ['vdb1', 'btrfs'],
    ['vdc1', 'vfat'],
  ]) {
    expect(machine.console).toMatch(new RegExp(`^look: /dev/${node} /var/lib/${type} ${type} rw`, 'm'));
  }
  expect(await machine.powerOff()).toBe(0);
  const table = (await execa('sfdisk', ['--dump', old])).stdout;
  expect(table).toContain('label: dos');
  expect(table.match(/start=/g)).toHaveLength(1);
});
