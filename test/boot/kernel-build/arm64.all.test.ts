// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sharedCache } from '../../support/boot-build.ts';
import { ConsoleProcess } from '../../support/console-process.ts';
import {
  buildReducedKernel,
  reducedArmInitrd,
  unpackKernel,
  writeReducedFragment,
} from '../../support/reduced-kernel.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** What the fragment of the architecture depends on, and the small kernel of tests does not have. */
const besides = `CONFIG_BLOCK=y
CONFIG_CRC32=y
CONFIG_EFI=y
CONFIG_INPUT=y
CONFIG_RTC_CLASS=y
CONFIG_SERIO=y
CONFIG_SMP=y
`;

test('a kernel with all of the fragment for arm64 is compiled on another machine, and boots', async () => {
  using folder = temporaryFolder();
  const fragment = writeReducedFragment(folder.path);
  const file = (name: string): string => join(folder.path, name);
  writeFileSync(file('besides.config'), besides);
  const flags = ['--config', file('besides.config'), '--config', 'arm64', '--arch', 'arm64'];
  const kernel = await buildReducedKernel(fragment, sharedCache, [...flags, '--tag', 'localhost/kernel:arm64']);
  await unpackKernel(kernel.reference, sharedCache, folder.path);
  const described = (name: string): string => execFileSync('file', ['--brief', file(name)], { encoding: 'utf8' });
  expect(described('kernel')).toMatch(/^Linux kernel ARM64 boot executable Image, little-endian/);
  expect(described('vmlinux')).toMatch(/^ELF 64-bit LSB .*ARM aarch64/);
  const modules = execFileSync('tar', ['-t', '-f', file('kernel.tar')], { encoding: 'utf8' });
  expect(modules).toContain(`lib/modules/${kernel.release}/kernel/lib/xz/xz_dec_test.ko\n`);

  const args = [
    ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-M', 'virt', '-cpu', 'max', '-m', '256M'],
    ['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ['-kernel', file('kernel'), '-initrd', reducedArmInitrd(folder.path), '-append', 'console=ttyAMA0 panic=-1'],
  ];
  await using machine = new ConsoleProcess('qemu-system-aarch64', args.flat());
  await machine.waitFor(/init runs on Arm/);
  expect(machine.console).toContain(`Linux version ${kernel.release} (tskit@tskit)`);
  expect(await machine.ended()).toBe(0);
}, 1_800_000);
