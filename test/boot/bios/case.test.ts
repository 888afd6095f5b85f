// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { DiskMachine, type DiskMachineOptions } from '../../support/disk-machine.ts';
import { freePort } from '../../support/free-port.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const example = new URL('../../../examples/hello.yml', import.meta.url).pathname;
const runsAll = process.env['TSKIT_TEST_ALL'] === '1';

interface Case extends Pick<DiskMachineOptions, 'firmware'> {
  readonly root: 'erofs' | 'initramfs';
  readonly suffix: string;
  readonly attached: NonNullable<DiskMachineOptions['attached']>;
  /** A part of every run of the tests, and not only of all of them. */
  readonly isShort?: true;
}

/** The kernel is Debian's for clouds, which drives neither AHCI nor USB: a root on what is attached by those is in the initrd. */
const cases: readonly Case[] = [
  { root: 'erofs', suffix: '-bios.img', firmware: 'bios', attached: 'virtio', isShort: true },
  { root: 'erofs', suffix: '.iso', firmware: 'bios', attached: 'scsi-cdrom', isShort: true },
  { root: 'erofs', suffix: '.iso', firmware: 'bios', attached: 'virtio' },
  { root: 'erofs', suffix: '.iso', firmware: 'uefi', attached: 'scsi-cdrom' },
  { root: 'erofs', suffix: '.iso', firmware: 'uefi', attached: 'virtio' },
  { root: 'erofs', suffix: '-efi.iso', firmware: 'uefi', attached: 'scsi-cdrom' },
  { root: 'initramfs', suffix: '-bios.img', firmware: 'bios', attached: 'sata' },
  { root: 'initramfs', suffix: '-bios.img', firmware: 'bios', attached: 'usb' },
  { root: 'initramfs', suffix: '.iso', firmware: 'bios', attached: 'cdrom' },
  { root: 'initramfs', suffix: '.iso', firmware: 'bios', attached: 'usb' },
  { root: 'initramfs', suffix: '.iso', firmware: 'uefi', attached: 'usb' },
  { root: 'initramfs', suffix: '-efi-initrd.iso', firmware: 'uefi', attached: 'cdrom' },
];
const chosen = cases.filter(({ isShort }) => isShort ?? runsAll);

describe('firmware', () => {
  const folder = temporaryFolder();
  const bases = new Map<Case['root'], string>();
  beforeAll(async () => {
    const text = readFileSync(example, 'utf8');
    for (const root of new Set(chosen.map((each) => each.root))) {
      const spec = join(folder.path, `${root}-os.yml`);
      writeFileSync(spec, `${text}root: ${root}\n`);
      mkdirSync(join(folder.path, root));
      const args = ['--format', root === 'erofs' ? 'raw-bios,iso,iso-efi' : 'raw-bios,iso,iso-efi-initrd'];
      const built = await buildForBoot(spec, join(folder.path, root), { args });
      bases.set(root, built.base);
    }
  });
  afterAll(() => folder[Symbol.dispose]());

  test.each(chosen)(
    '$firmware boots NAME$suffix as $attached, root: $root, to a service that answers, and it powers off',
    async ({ root, suffix, firmware, attached }) => {
      const port = await freePort();
      await using machine = new DiskMachine({
        file: `${bases.get(root)}${suffix}`,
        firmware,
        attached,
        publish: { 80: port },
      });
      const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
      expect(await page.text()).toContain('Hello from tskit');
      expect(await machine.powerOff()).toBe(0);
      expect(machine.console).toContain('reboot: Power down');
      expect(machine.console).not.toMatch(/degraded|Kernel panic/);
      expect(machine.console).toMatch(root === 'erofs' ? /root: \w+, verified, found/ : /tskit: booted/);
    },
  );
});
