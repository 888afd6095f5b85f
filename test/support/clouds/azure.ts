// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Cloud, json, keys, notFound, userData } from './cloud.ts';

const instance = {
  compute: {
    location: 'westeurope',
    name: 'box-vm',
    osProfile: { adminUsername: 'admin', computerName: 'box' },
    publicKeys: [
      { keyData: `${keys.one}\r\n`, path: '/home/admin/.ssh/authorized_keys' },
      { keyData: keys.two, path: '/home/admin/.ssh/authorized_keys' },
    ],
    vmId: '02aab8a4-74ef-476e-8182-f6d2ba4166a6',
    vmSize: 'Standard_B1s',
    zone: '2',
  },
  network: {
    interface: [
      {
        ipv4: { ipAddress: [{ privateIpAddress: '10.1.0.4', publicIpAddress: '203.0.113.27' }] },
        ipv6: { ipAddress: [] },
        macAddress: '000D3AF806EC',
      },
    ],
  },
};

/** "Azure Instance Metadata Service": with its header and a version, or 400. */
export const azure: Cloud = ({ path, headers }) => {
  const url = new URL(path, 'http://169.254.169.254');
  if (headers['metadata'] !== 'true' || headers['x-forwarded-for'] !== undefined)
    return { status: 400, body: '{ "error": "Bad request. Required metadata header not specified" }' };
  if (!/^20\d\d-\d\d-\d\d$/.test(url.searchParams.get('api-version') ?? ''))
    return { status: 400, body: '{ "error": "Bad request. api-version was not specified in the request" }' };
  if (url.pathname === '/metadata/instance') return json(instance);
  if (url.pathname === '/metadata/instance/compute/userData' && url.searchParams.get('format') === 'text')
    return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: Buffer.from(userData).toString('base64') };
  return notFound;
};
