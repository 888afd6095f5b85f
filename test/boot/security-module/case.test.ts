// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// process.apparmorProfile on a kernel that has AppArmor in use, as those of the usual test machines have not.

import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { baseConfig, tsrun } from '../../support/container-bundle.ts';
import { umociFolderImage } from '../../support/images.ts';
import { Machine } from '../../support/machine.ts';
import { buildProbe, type ProbeReport } from '../../support/probe.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;

const profile = `profile tskit-test flags=(attach_disconnected) {
  file,
  capability,
  network,
  deny /secret r,
}
`;

describe('a container with an AppArmor profile', () => {
  const folder = temporaryFolder();
  let machine: Machine;

  beforeAll(async () => {
    await engineImage(folder.path);
    const { base } = await buildForBoot(spec, folder.path);
    machine = new Machine([base]);
    await machine.waitFor(/booted in .*service running/);
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('runs under it, and is kept from what it denies', () => {
    // The console has long lines in pieces.
    const [json = ''] = /\{"argv".*\}/.exec(machine.console.replaceAll('\nengine: ', '')) ?? [];
    const report = JSON.parse(json) as ProbeReport;
    expect(report.label).toEqual(['tskit-test (enforce)']);
    expect(report.paths['/secret']).toMatchObject({ type: 'file', read: 'EACCES' });
  });

  test('has it by the key apparmor of the spec', () => {
    const whole = machine.console.replaceAll('\nlabelled: ', '');
    const [json = ''] = whole.match(/\{"argv".*\}/g)?.slice(-1) ?? [];
    expect((JSON.parse(json) as ProbeReport).label).toEqual(['tskit-test (enforce)']);
  });

  test('does not start when the profile is not loaded', () => {
    expect(machine.console).toContain('process.apparmorProfile: set "exec tskit-missing": write: ENOENT');
    expect(machine.console).toContain('engine: refused with 1');
  });
});

/** Busybox, tsrun, the profile as the kernel takes it, and a bundle. */
async function engineImage(folder: string): Promise<void> {
  const root = join(folder, 'root');
  for (const name of ['bin', 'sys', 'bundle/rootfs/proc', 'bundle/rootfs/dev', 'bundle/rootfs/sys'])
    mkdirSync(join(root, name), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const name of ['sh', 'mount', 'cat', 'sed', 'sleep']) symlinkSync('busybox', join(root, 'bin', name));
  copyFileSync(tsrun, join(root, 'tsrun'));
  await buildProbe(join(root, 'bundle/rootfs/probe'));
  writeFileSync(join(root, 'bundle/rootfs/secret'), 'secret');
  const base = baseConfig('/secret');
  const config = { ...base, process: { ...base.process, apparmorProfile: 'tskit-test' } };
  writeFileSync(join(root, 'bundle/config.json'), JSON.stringify(config));
  // For the features of Debian's kernels, whatever this one has.
  const flags = ['--skip-kernel-load', '--skip-cache', '--features-file', '/usr/share/apparmor-features/features'];
  await execa('apparmor_parser', [...flags, '--ofile', join(root, 'profile')], { input: profile });
  await umociFolderImage(join(folder, 'engine'), 'latest', root);
}
