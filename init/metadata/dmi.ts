// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Which cloud a machine is on, by what its firmware says of itself (SMBIOS), so that nobody has to be asked.

/** Reads a file of /sys/class/dmi/id ("sys_vendor"), or any other by its absolute path; undefined when it is not there. */
export type ReadText = (name: string) => string | undefined;

const azureChassis = '7783-7084-3265-9085-8269-3286-77';
const openStackProducts: ReadonlySet<string> = new Set(['OpenStack Nova', 'OpenStack Compute']);
const openStackChassis: ReadonlySet<string> = new Set([
  ...openStackProducts,
  'OpenTelekomCloud',
  'SAP CCloud VM',
  'HUAWEICLOUD',
  'Samsung Cloud Platform',
]);

const tests: readonly (readonly [provider: string, test: (read: (name: string) => string) => boolean])[] = [
  ['aws', isAws],
  [
    'gcp',
    (read) => read('product_name') === 'Google Compute Engine' || read('product_serial').startsWith('GoogleCloud-'),
  ],
  ['azure', (read) => read('chassis_asset_tag') === azureChassis],
  ['hetzner', (read) => read('sys_vendor') === 'Hetzner'],
  ['scaleway', (read) => read('sys_vendor') === 'Scaleway'],
  ['vultr', (read) => read('sys_vendor') === 'Vultr'],
  ['digitalocean', (read) => read('sys_vendor') === 'DigitalOcean'],
  [
    'openstack',
    (read) => openStackProducts.has(read('product_name')) || openStackChassis.has(read('chassis_asset_tag')),
  ],
];

/** Nitro says it in words; Xen by a UUID that begins with "ec2" ("Identify EC2 Linux instances" in the EC2 user guide). */
function isAws(read: (name: string) => string): boolean {
  if (read('sys_vendor') === 'Amazon EC2' || read('bios_vendor') === 'Amazon EC2') return true;
  const serial = read('product_serial').toLowerCase();
  const uuid = read('product_uuid').toLowerCase();
  return read('/sys/hypervisor/uuid').startsWith('ec2') || (uuid.startsWith('ec2') && uuid === serial);
}

/** The provider's name on the command line; undefined when the firmware names none. */
export function identify(readText: ReadText): string | undefined {
  const read = (name: string): string => readText(name)?.trim() ?? '';
  return tests.find(([, test]) => test(read))?.[0];
}
