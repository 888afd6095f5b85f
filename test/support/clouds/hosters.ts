// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Cloud, json, keys, notFound, textAt, userData } from './cloud.ts';

const hetznerTree: Readonly<Record<string, string>> = {
  '/hetzner/v1/metadata/hostname': 'box',
  '/hetzner/v1/metadata/instance-id': '42',
  '/hetzner/v1/metadata/public-ipv4': '203.0.113.29',
  '/hetzner/v1/metadata/local-ipv4': '10.3.0.2',
  '/hetzner/v1/metadata/availability-zone': 'fsn1-dc14',
  '/hetzner/v1/metadata/region': 'eu-central',
  '/hetzner/v1/metadata/public-keys': JSON.stringify([keys.one, keys.two]),
  '/hetzner/v1/userdata': userData,
};

/** "Server metadata" in Hetzner Cloud's API. */
export const hetzner: Cloud = ({ path }) => textAt(hetznerTree, path);

/** Without a network, keys and user data. */
export const hetznerBare: Cloud = ({ path }) =>
  path.endsWith('/userdata')
    ? { status: 204 }
    : textAt({ ...hetznerTree, '/hetzner/v1/metadata/local-ipv4': '', '/hetzner/v1/metadata/public-keys': '[]' }, path);

const droplet = {
  droplet_id: 2_756_294,
  hostname: 'box',
  user_data: userData,
  vendor_data: '#cloud-config\n',
  public_keys: [keys.one, keys.two],
  region: 'fra1',
  interfaces: {
    public: [
      {
        ipv4: { ip_address: '203.0.113.30', netmask: '255.255.240.0', gateway: '203.0.112.1' },
        ipv6: { ip_address: '2001:DB8::9', cidr: 64, gateway: '2001:DB8::1' },
        mac: '04:01:2a:0f:2a:01',
        type: 'public',
      },
    ],
    private: [{ ipv4: { ip_address: '10.4.0.2' }, mac: '04:01:2a:0f:2a:02', type: 'private' }],
  },
};

/** "Metadata API" of DigitalOcean. */
export const digitalOcean: Cloud = ({ path }) => (path === '/metadata/v1.json' ? json(droplet) : notFound);

const vultrInstance = {
  hostname: 'box',
  instanceid: 'a747bfz6385e',
  'instance-v2-id': '36e9cf60-5d93-4e31-8ebf-613b3d2874fb',
  interfaces: [
    {
      ipv4: { additional: [], address: '203.0.113.31', gateway: '203.0.113.1', netmask: '255.255.254.0' },
      ipv6: { address: '2001:db8::10', prefix: '64' },
      'network-type': 'public',
    },
    { ipv4: { address: '10.5.0.3', netmask: '255.255.0.0' }, 'network-type': 'private' },
  ],
  'public-keys': [`${keys.one}\n`, keys.two],
  region: { regioncode: 'AMS' },
};

/** "Metadata API" of Vultr. */
export const vultr: Cloud = ({ method, path }) => {
  if (method !== 'GET') return { status: 405 };
  if (path === '/v1.json') return json(vultrInstance);
  return path === '/latest/user-data' ? { status: 200, body: userData } : notFound;
};

const scalewayServer = {
  id: 'b0ebc5a4-0f35-4d1e-8e0c-2d5a4c1f7f11',
  hostname: 'box',
  commercial_type: 'DEV1-S',
  location: { zone_id: 'fr-par-1', platform_id: '14' },
  private_ip: '10.6.0.4',
  public_ip: { address: '203.0.113.32', dynamic: false },
  ssh_public_keys: [{ key: keys.one }, { key: keys.two }],
};

/** Scaleway's: user data is for root's ports alone. */
export const scaleway: Cloud = ({ path, isPrivileged }) => {
  if (path === '/conf?format=json') return json(scalewayServer);
  if (!path.startsWith('/user_data')) return notFound;
  if (!isPrivileged) return { status: 403 };
  return path === '/user_data/cloud-init' ? { status: 200, body: userData } : notFound;
};

const metalServer = {
  id: '4d6c1f3e-0b55-4a2f-9c3c-5f3b6a7d8e9f',
  hostname: 'box',
  plan: 'c3.small.x86',
  metro: 'am',
  facility: 'am6',
  ssh_keys: [keys.one, keys.two],
  network: {
    addresses: [
      { address: '203.0.113.33', address_family: 4, public: true, management: true },
      { address: '2001:db8::33', address_family: 6, public: true, management: true },
      { address: '10.7.0.5', address_family: 4, public: false, management: true },
    ],
    bonding: { mode: 4 },
  },
};

/** "Metadata" of Equinix Metal. */
export const equinixMetal: Cloud = ({ path, headers }) => {
  if (headers.host !== 'metadata.platformequinix.com') return notFound;
  if (path === '/metadata') return json(metalServer);
  return path === '/userdata' ? { status: 200, body: userData } : notFound;
};

/** metaldata's, by its README. */
export const metaldata: Cloud = ({ path }) =>
  textAt(
    {
      '/get/meta/hostname': 'box',
      '/get/meta/public-ipv4': '203.0.113.34',
      '/get/meta/private-ipv4': '10.8.0.2',
      '/get/meta/failure-domain': 'rack1',
      '/get/meta/machine-id': 'm-1',
      '/get/meta/machine-type': 'large',
      '/get/meta/authorized-keys': `${keys.one}\n${keys.two}\n`,
      '/get/user': userData,
    },
    path,
  );
