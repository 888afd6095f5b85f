// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mergeFragments } from '../../../src/kernel-build/fragments.ts';
import { configValue, parseKernelConfig } from '../../../src/kernel/config.ts';
import { sharedCache } from '../../support/boot-build.ts';
import { KernelMachine } from '../../support/kernel-machine.ts';
import {
  buildReducedKernel,
  reducedFragment,
  reducedInitrd,
  reducedModules,
  unpackKernel,
  writeReducedFragment,
} from '../../support/reduced-kernel.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const sorted = (text: string): readonly string[] => text.trimEnd().split('\n').sort();

test("a kernel of Debian's source and a fragment has what was asked for, boots, loads its modules, and is not built twice", async () => {
  using folder = temporaryFolder();
  const fragment = writeReducedFragment(folder.path);
  const kernel = await buildReducedKernel(fragment, sharedCache);
  expect(kernel.source.name).toBe('linux-source-6.12');
  expect(kernel.release).toMatch(/^6\.12\.\d+-tskit$/);
  await unpackKernel(kernel.reference, sharedCache, folder.path);
  const file = (name: string): string => join(folder.path, name);

  const config = parseKernelConfig(readFileSync(file('kernel.config'), 'utf8'));
  const target = { series: '6.12', architecture: 'amd64' };
  for (const { option, value } of mergeFragments([{ name: 'reduced', text: reducedFragment }], target).values()) {
    expect([option, configValue(config, option)]).toEqual([option, value]);
  }
  expect(readFileSync(file('config'))).toEqual(readFileSync(file('kernel.config')));
  expect(readFileSync(file('System.map'), 'utf8')).toMatch(/ T start_kernel$/m);
  expect(execFileSync('file', ['--brief', file('vmlinux')], { encoding: 'utf8' })).toMatch(
    /^ELF 64-bit LSB executable/,
  );
  const modules = reducedModules(folder.path, kernel.release);
  // As depmod would have it.
  const root = join(folder.path, 'lib/modules', kernel.release);
  const dependencies = readFileSync(join(root, 'modules.dep'), 'utf8');
  execFileSync('depmod', ['-b', folder.path, kernel.release]);
  expect(sorted(dependencies)).toEqual(sorted(readFileSync(join(root, 'modules.dep'), 'utf8')));
  const sbom = JSON.parse(readFileSync(file('sbom.spdx.json'), 'utf8')) as {
    packages: { name: string; versionInfo: string }[];
  };
  expect(sbom.packages.map(({ name, versionInfo }) => [name, versionInfo])).toContainEqual([
    kernel.source.name,
    kernel.source.version,
  ]);

  const machine = new KernelMachine({
    kernel: file('kernel'),
    initrd: reducedInitrd(folder.path, modules),
    cmdline: 'console=ttyS0 panic=-1',
    devices: [],
  });
  await using _machine = machine;
  // Time and number of the build are fixed.
  await machine.waitFor(new RegExp(`init runs on ${kernel.release} #1 .*2020-01-01 00:00:00 UTC`));
  expect(await machine.ended()).toBe(0);
  expect(modules.length).toBe(3);
  for (const number of modules.keys()) expect(machine.console).toContain(`module ${number}: loaded`);

  const again = await buildReducedKernel(fragment, sharedCache);
  expect([again.cached, again.digest]).toEqual([true, kernel.digest]);
  expect(again.stdout).not.toContain('compiling');
  expect(
    readdirSync(join(sharedCache, 'tmp')).filter((name) => name.startsWith('kernel-') && !name.endsWith('.lock')),
  ).toEqual([]);
}, 1_800_000);
