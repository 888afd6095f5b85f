// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Cloud, json, keys, notFound, textAt, userData } from './cloud.ts';

/** Nova's meta_data.json. */
export const openStackMetadata: object = {
  uuid: '83679162-1378-4288-a2d4-70e13ec132aa',
  hostname: 'box.novalocal',
  name: 'box',
  availability_zone: 'nova',
  public_keys: { laptop: `${keys.one}\n` },
  keys: [
    { name: 'laptop', type: 'ssh', data: `${keys.one}\n` },
    { name: 'spare', type: 'ssh', data: keys.two },
    { name: 'other', type: 'x509', data: '-----BEGIN CERTIFICATE-----' },
  ],
  launch_index: 0,
};

const ec2: Readonly<Record<string, string>> = {
  '/latest/meta-data/hostname': 'box.novalocal',
  '/latest/meta-data/local-hostname': 'box.novalocal',
  '/latest/meta-data/instance-id': 'i-00000001',
  '/latest/meta-data/instance-type': 'm1.small',
  '/latest/meta-data/local-ipv4': '10.2.0.3',
  '/latest/meta-data/public-ipv4': '203.0.113.28',
  '/latest/meta-data/placement/availability-zone': 'nova',
  '/latest/meta-data/public-keys/': '0=laptop',
  '/latest/meta-data/public-keys/0/openssh-key': `${keys.one}\n`,
  '/latest/user-data': userData,
};

/** "Metadata" in Nova's user guide: its own tree and EC2's. */
export const openStack: Cloud = ({ path }) => {
  if (path === '/openstack/latest/meta_data.json') return json(openStackMetadata);
  if (path === '/openstack/latest/vendor_data.json') return json({ cloud: 'init' });
  if (path === '/openstack/latest/user_data')
    return { status: 200, headers: { 'Content-Type': 'application/octet-stream' }, body: userData };
  return textAt(ec2, path);
};

/** With EC2's tree alone. */
export const openStackOld: Cloud = ({ path }) => (path.startsWith('/openstack') ? notFound : textAt(ec2, path));
