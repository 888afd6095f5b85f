// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { type Cloud, type CloudAnswer, type CloudRequest, json, keys, notFound, userData } from './cloud.ts';

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

const goalState =
  '<?xml version="1.0" encoding="utf-8"?><GoalState><Version>2012-11-30</Version><Incarnation>1</Incarnation><Machine>' +
  '<ExpectedState>Started</ExpectedState></Machine><Container><ContainerId>c6d5526c-5ac2-4200-b6e2-56f2b70c5ab2</ContainerId>' +
  '<RoleInstanceList><RoleInstance><InstanceId>abc.box</InstanceId><State>Started</State></RoleInstance></RoleInstanceList>' +
  '</Container></GoalState>';

/** The host, which wants to know that the machine is up. */
function wireServer({ method, path, headers, body }: CloudRequest): CloudAnswer {
  if (headers['x-ms-version'] !== '2012-11-30') return { status: 400 };
  if (path === '/machine/?comp=goalstate')
    return { status: 200, headers: { 'Content-Type': 'text/xml' }, body: goalState };
  const isReady =
    method === 'POST' &&
    body.includes('<GoalStateIncarnation>1</GoalStateIncarnation>') &&
    body.includes('<ContainerId>c6d5526c-5ac2-4200-b6e2-56f2b70c5ab2</ContainerId>') &&
    body.includes('<Role><InstanceId>abc.box</InstanceId><Health><State>Ready</State></Health></Role>');
  return path === '/machine?comp=health' && isReady ? { status: 200 } : { status: 400 };
}

/** "Azure Instance Metadata Service": with its header and a version, or 400. */
export const azure: Cloud = (request) => {
  const { path, headers } = request;
  const url = new URL(path, 'http://169.254.169.254');
  if (url.pathname.startsWith('/machine')) return wireServer(request);
  if (headers['metadata'] !== 'true' || headers['x-forwarded-for'] !== undefined)
    return { status: 400, body: '{ "error": "Bad request. Required metadata header not specified" }' };
  if (!/^20\d\d-\d\d-\d\d$/.test(url.searchParams.get('api-version') ?? ''))
    return { status: 400, body: '{ "error": "Bad request. api-version was not specified in the request" }' };
  if (url.pathname === '/metadata/instance') return json(instance);
  if (url.pathname === '/metadata/instance/compute/userData' && url.searchParams.get('format') === 'text')
    return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: Buffer.from(userData).toString('base64') };
  return notFound;
};
