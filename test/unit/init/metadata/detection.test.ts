// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../../../init/metadata/arguments.ts';
import { identify } from '../../../../init/metadata/dmi.ts';
import { hostnameOf } from '../../../../init/metadata/hostname.ts';

describe('the firmware', () => {
  test.each([
    { cloud: 'aws', files: { sys_vendor: 'Amazon EC2\n' } },
    { cloud: 'aws', files: { '/sys/hypervisor/uuid': 'ec2e1916-9099-7caf-fd21-012345abcdef\n' } },
    {
      cloud: 'aws',
      files: {
        product_uuid: 'EC2E1916-9099-7CAF-FD21-012345ABCDEF',
        product_serial: 'ec2e1916-9099-7caf-fd21-012345abcdef',
      },
    },
    { cloud: 'gcp', files: { product_name: 'Google Compute Engine\n' } },
    { cloud: 'gcp', files: { product_serial: 'GoogleCloud-0123\n' } },
    {
      cloud: 'azure',
      files: { sys_vendor: 'Microsoft Corporation', chassis_asset_tag: '7783-7084-3265-9085-8269-3286-77\n' },
    },
    { cloud: 'openstack', files: { sys_vendor: 'OpenStack Foundation', product_name: 'OpenStack Nova' } },
    { cloud: 'openstack', files: { chassis_asset_tag: 'OpenTelekomCloud' } },
    { cloud: 'hetzner', files: { sys_vendor: 'Hetzner' } },
    { cloud: 'scaleway', files: { sys_vendor: 'Scaleway' } },
    { cloud: 'vultr', files: { sys_vendor: 'Vultr' } },
    { cloud: 'digitalocean', files: { sys_vendor: 'DigitalOcean' } },
    { cloud: undefined, files: { sys_vendor: 'QEMU', product_name: 'Standard PC (Q35 + ICH9, 2009)' } },
    { cloud: undefined, files: { sys_vendor: 'Microsoft Corporation', product_name: 'Virtual Machine' } },
    { cloud: undefined, files: { product_uuid: 'ec2e1916-9099-7caf-fd21-012345abcdef', product_serial: 'VMware-56' } },
    { cloud: undefined, files: {} },
  ])('says that a machine is on $cloud: $files', ({ cloud, files }) => {
    expect(identify((name) => (files as Readonly<Record<string, string>>)[name])).toBe(cloud);
  });
});

describe('the command line', () => {
  test("takes LinuxKit's providers, in their order", () => {
    expect(
      parseArguments(['-v', 'gcp', 'cdrom', 'equinixmetal', 'file=/etc/data', 'vmware', '-timeout', '5', 'gcp']),
    ).toEqual({
      network: ['gcp', 'equinixmetal'],
      local: ['cdrom', 'ovf'],
      files: ['/etc/data'],
      isNamed: true,
      isVerbose: true,
      seconds: 5,
    });
  });

  test('without providers asks the firmware, and what is beside the machine', () => {
    expect(parseArguments([])).toMatchObject({
      network: [],
      local: ['fw_cfg', 'cdrom', 'configdrive', 'ovf'],
      isNamed: false,
    });
  });

  test('refuses an option that it has not', () => {
    expect(() => parseArguments(['-x'])).toThrow('unknown option "-x"');
  });

  test.each([['amazon'], ['-timeout', '0'], ['-timeout'], ['--timeout=x']])('refuses %s', (...words) => {
    expect(() => parseArguments(words)).toThrow(/expected/);
  });
});

describe('a host name', () => {
  const label = 'b'.repeat(70);
  test.each([
    ['box\n', 'box'],
    ['box.example.com.', 'box.example.com'],
    [`box.${label}.internal`, 'box'],
    [label, label.slice(0, 64)],
    ['-box', undefined],
    ['box; reboot', undefined],
    ['', undefined],
  ])('%j is %s', (text, name) => expect(hostnameOf(text)).toBe(name));
});
