// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { Machine } from '../../support/machine.ts';
import { capabilitiesOf } from '../../support/recipe-proof/proof.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A command of each recipe that succeeds with all capabilities of its label, in an order in which each finds what it needs. */
const commands: Readonly<Record<string, readonly string[]>> = {
  losetup: ['/usr/bin/loopy', '--create', '--size', '1', '/var/file'],
  mount: ['/usr/bin/mountie', '/dev/vda', '/var/disk'],
  swap: ['/swap.sh', '--path', '/var/disk/swap', '--size', '1M', '--encrypt'],
  format: ['/usr/bin/format', '-force', '/dev/vdb'],
  extend: ['/usr/bin/extend', '/dev/vdb'],
  'dm-crypt': ['/usr/bin/crypto', '--no-fill', 'plain', '/dev/vdc'],
};

test('a recipe for disks fails without any one capability of its label, and succeeds with all', async () => {
  using folder = temporaryFolder();
  const disks = ['a', 'b', 'c'].map((name) => join(folder.path, name));
  for (const disk of disks) {
    writeFileSync(disk, '');
    truncateSync(disk, 24 * 1024 ** 2);
  }
  await execa('mkfs.ext4', ['-q', disks[0] ?? '']);
  const recipes = Object.keys(commands);
  const without = recipes.flatMap((recipe) => capabilitiesOf(recipe).map((one) => ({ recipe, one })));
  const entries = recipes.flatMap((recipe) => {
    const all = capabilitiesOf(recipe);
    const base = { image: `pkg:${recipe}`, command: commands[recipe], on_failure: 'continue' };
    return [
      ...all.map((one) => ({
        name: `${recipe}-without-${one}`,
        ...base,
        capabilities: all.filter((other) => other !== one),
      })),
      { name: `${recipe}-with-all`, ...base },
    ];
  });
  const spec = join(folder.path, 'capabilities.json');
  const files = [{ path: 'etc/dm-crypt/key', contents: 'abcdefghijklmnopqrstuvwxyz123456' }];
  const kernel = { image: 'pkg:kernel', cmdline: 'console=ttyS0 quiet tskit.console' };
  writeFileSync(`${spec}.yml`, JSON.stringify({ kernel, onboot: entries, files }));
  const { base } = await buildForBoot(`${spec}.yml`, folder.path);
  await using machine = new Machine([...disks.flatMap((disk) => ['--disk', disk]), base]);
  await machine.waitFor(/booted in .*\n/, 240_000);
  const failed = [...machine.console.matchAll(/\*\*\* onboot (\S+): FAILED/g)].map(([, name]) => name);
  expect(failed, machine.console).toEqual(without.map(({ recipe, one }) => `${recipe}-without-${one}`));
  for (const recipe of recipes) expect(machine.console).toContain(`onboot ${recipe}-with-all: done`);
  expect(await machine.powerOff()).toBe(0);
});
