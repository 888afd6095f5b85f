// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { DiskMachine, type DiskMachineOptions } from '../../support/disk-machine.ts';
import { freePort } from '../../support/free-port.ts';
import { fetchUntil } from '../../support/console-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('../../../examples/hello.yml', import.meta.url).pathname;
const runsAll = process.env['TSKIT_TEST_ALL'] === '1';

interface Case extends Pick<DiskMachineOptions, 'firmware'> {
  readonly suffix: string;
  readonly attached: NonNullable<DiskMachineOptions['attached']>;
  /** A part of every run of the tests, and not only of all of them. */
  readonly isShort?: true;
}

const cases: readonly Case[] = [
  { suffix: '-bios.img', firmware: 'bios', attached: 'virtio', isShort: true },
  { suffix: '-bios.img', firmware: 'bios', attached: 'sata' },
  { suffix: '-bios.img', firmware: 'bios', attached: 'usb' },
  { suffix: '.iso', firmware: 'bios', attached: 'cdrom', isShort: true },
  { suffix: '.iso', firmware: 'bios', attached: 'virtio' },
  { suffix: '.iso', firmware: 'bios', attached: 'usb' },
  { suffix: '.iso', firmware: 'uefi', attached: 'cdrom' },
  { suffix: '.iso', firmware: 'uefi', attached: 'usb' },
  { suffix: '-efi.iso', firmware: 'uefi', attached: 'cdrom' },
  { suffix: '-efi-initrd.iso', firmware: 'uefi', attached: 'cdrom' },
];

describe('firmware', () => {
  const folder = temporaryFolder();
  let base = '';
  beforeAll(async () => {
    const args = ['--format', 'raw-bios,iso,iso-efi,iso-efi-initrd'];
    ({ base } = await buildForBoot(spec, folder.path, { args }));
  });
  afterAll(() => folder[Symbol.dispose]());

  test.each(cases.filter(({ isShort }) => isShort ?? runsAll))(
    '$firmware boots NAME$suffix as $attached to a service that answers, and it powers off',
    async ({ suffix, firmware, attached }) => {
      const port = await freePort();
      await using machine = new DiskMachine({
        file: `${base}${suffix}`,
        firmware,
        attached,
        publish: { 80: port },
      });
      const page = await fetchUntil(`http://127.0.0.1:${port}/`, machine);
      expect(await page.text()).toContain('Hello from tskit');
      expect(await machine.powerOff()).toBe(0);
      expect(machine.console).toContain('reboot: Power down');
      expect(machine.console).not.toMatch(/degraded|Kernel panic/);
    },
  );
});
