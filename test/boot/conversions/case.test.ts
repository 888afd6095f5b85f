// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { DiskMachine, type DiskMachineOptions } from '../../support/disk-machine.ts';
import { ConsoleProcess, fetchUntil } from '../../support/console-process.ts';
import { freePort } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('../../../examples/hello.yml', import.meta.url).pathname;
const runsAll = process.env['TSKIT_TEST_ALL'] === '1';
const gibibyte = 1 << 30;

interface Case extends Pick<DiskMachineOptions, 'firmware' | 'attached'> {
  readonly name: string;
  readonly suffix: string;
  /** As QEMU calls it. */
  readonly format: string;
  /** A part of every run of the tests, and not only of all of them. */
  readonly isShort?: true;
}

/** Of what boots by either firmware, each with the one that its platform has, and once with the other; by the controller of that platform, too. */
const cases: readonly Case[] = [
  { name: 'qcow2-efi', suffix: '-efi.qcow2', format: 'qcow2', firmware: 'uefi' },
  { name: 'qcow2-bios', suffix: '.qcow2', format: 'qcow2', firmware: 'bios' },
  { name: 'openstack', suffix: '-openstack.qcow2', format: 'qcow2', firmware: 'uefi', isShort: true },
  { name: 'openstack', suffix: '-openstack.qcow2', format: 'qcow2', firmware: 'bios' },
  { name: 'vmdk', suffix: '.vmdk', format: 'vmdk', firmware: 'bios', attached: 'pvscsi' },
  { name: 'dynamic-vhd', suffix: '.vhd', format: 'vpc', firmware: 'bios', isShort: true },
  { name: 'vhdx', suffix: '.vhdx', format: 'vhdx', firmware: 'uefi' },
  { name: 'azure', suffix: '-azure.vhd', format: 'vpc', firmware: 'bios' },
  { name: 'azure', suffix: '-azure.vhd', format: 'vpc', firmware: 'uefi' },
  { name: 'aws', suffix: '.raw', format: 'raw', firmware: 'bios' },
  { name: 'aws', suffix: '.raw', format: 'raw', firmware: 'uefi', attached: 'nvme' },
];
const chosen = cases.filter(({ isShort }) => isShort ?? runsAll);

describe('a disk in another format', () => {
  const folder = temporaryFolder();
  let base = '';
  beforeAll(async () => {
    const formats = new Set([...chosen.map(({ name }) => name), 'gcp', 'firecracker']);
    ({ base } = await buildForBoot(spec, folder.path, { args: ['--format', [...formats].join(',')] }));
  });
  afterAll(() => folder[Symbol.dispose]());

  /** Boots it until a page comes, and powers it off. */
  async function boot(options: Omit<DiskMachineOptions, 'publish'>): Promise<object> {
    const port = await freePort();
    await using machine = new DiskMachine({ ...options, publish: { 80: port } });
    const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
    const answer = await page.text();
    const exitCode = await machine.powerOff();
    return { answer, exitCode, console: machine.console };
  }
  const clean = {
    answer: expect.stringContaining('Hello from tskit') as string,
    exitCode: 0,
    console: expect.stringMatching(/^(?![\s\S]*(degraded|Kernel panic))[\s\S]*reboot: Power down/) as string,
  };

  test.each(chosen)('$name boots by $firmware to a service that answers, and powers off', async (options) => {
    expect(await boot({ ...options, file: `${base}${options.suffix}` })).toMatchObject(clean);
  });

  test('gcp holds a disk of whole GiB without faults, which boots', async () => {
    execFileSync('tar', ['--extract', '--sparse', '--file', `${base}.img.tar.gz`, '--directory', folder.path]);
    const disk = join(folder.path, 'disk.raw');
    expect(statSync(disk).size % gibibyte).toBe(0);
    expect(execFileSync('sgdisk', ['--verify', disk], { encoding: 'utf8' })).toContain('No problems found');
    const firmwares = runsAll ? (['uefi', 'bios'] as const) : [];
    for (const firmware of firmwares)
      expect(await boot({ file: disk, firmware, attached: 'virtio-scsi' })).toMatchObject(clean);
    rmSync(disk);
  });

  test.each(runsAll ? ['q35'] : [])(
    'what firecracker is told of boots in a machine of another kind (%s)',
    async (kind) => {
      const port = await freePort();
      await using machine = new ConsoleProcess('qemu-system-x86_64', firecrackerArguments(kind, folder.path, port));
      const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
      expect(await page.text()).toContain('Hello from tskit');
      expect(machine.console).not.toMatch(/degraded|Kernel panic/);
    },
  );
});

interface Configuration {
  readonly 'boot-source': {
    readonly kernel_image_path: string;
    readonly initrd_path: string;
    readonly boot_args: string;
  };
  readonly drives: readonly { readonly path_on_host: string }[];
  readonly 'machine-config': { readonly vcpu_count: number; readonly mem_size_mib: number };
}

/**
 * What Firecracker makes of its configuration, for a machine monitor that needs no KVM. Its nearest machine, microvm, has no clock
 * that an emulated kernel could measure the processor's by, so that the devices are on a PCI bus.
 */
function firecrackerArguments(kind: string, folder: string, port: number): readonly string[] {
  const text = readFileSync(join(folder, 'hello-firecracker.json'), 'utf8');
  const { 'boot-source': source, drives, 'machine-config': machine } = JSON.parse(text) as Configuration;
  return [
    ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ['-machine', `${kind},accel=tcg`, '-cpu', 'max,svm=off,xlevel=0x8000000a,erms=off,fsrm=off'],
    ['-smp', String(machine.vcpu_count), '-m', `${machine.mem_size_mib}M`],
    ['-kernel', join(folder, source.kernel_image_path), '-initrd', join(folder, source.initrd_path)],
    ['-append', source.boot_args.replace('pci=off ', '')],
    drives.flatMap(({ path_on_host: file }, index) => [
      ['-drive', `if=none,id=disk${index},format=raw,readonly=on,file=${join(folder, file)}`],
      ['-device', `virtio-blk-pci,drive=disk${index}`],
    ]),
    ['-netdev', `user,id=net0,hostfwd=tcp:127.0.0.1:${port}-:80`, '-device', 'virtio-net-pci,netdev=net0,romfile='],
    ['-device', 'virtio-rng-pci', '-serial', 'stdio'],
  ].flat(2);
}
