// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { keys, userData } from '../../../support/clouds/cloud.ts';
import { inquire, withAnswer } from '../../../support/clouds/inquire.ts';
import { clouds } from '../../../support/clouds/serve.ts';

const cloudOf = (name: string) => clouds[name] ?? (() => ({ status: 500 }));

/** What each of them makes of a machine that has everything. */
const expected: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  aws: {
    hostname: 'ip-10-0-0-5.eu-west-1.compute.internal',
    local_hostname: 'ip-10-0-0-5.eu-west-1.compute.internal',
    public_ipv4: '203.0.113.25',
    local_ipv4: '10.0.0.5',
    availability_zone: 'eu-west-1a',
    region: 'eu-west-1',
    instance_type: 't3.micro',
    instance_id: 'i-0123456789abcdef0',
  },
  gcp: {
    hostname: 'box.europe-west1-b.c.acme.internal',
    local_hostname: 'box.europe-west1-b.c.acme.internal',
    instance_id: '6230425110392837145',
    instance_type: 'e2-small',
    availability_zone: 'europe-west1-b',
    region: 'europe-west1',
    local_ipv4: '10.132.0.2',
    public_ipv4: '203.0.113.26',
  },
  azure: {
    hostname: 'box',
    instance_id: '02aab8a4-74ef-476e-8182-f6d2ba4166a6',
    instance_type: 'Standard_B1s',
    region: 'westeurope',
    availability_zone: '2',
    local_ipv4: '10.1.0.4',
    public_ipv4: '203.0.113.27',
  },
  openstack: {
    hostname: 'box.novalocal',
    local_hostname: 'box.novalocal',
    instance_uuid: '83679162-1378-4288-a2d4-70e13ec132aa',
    instance_id: 'i-00000001',
    instance_type: 'm1.small',
    availability_zone: 'nova',
    local_ipv4: '10.2.0.3',
    public_ipv4: '203.0.113.28',
  },
  hetzner: {
    hostname: 'box',
    instance_id: '42',
    public_ipv4: '203.0.113.29',
    local_ipv4: '10.3.0.2',
    availability_zone: 'fsn1-dc14',
    region: 'eu-central',
  },
  digitalocean: {
    hostname: 'box',
    instance_id: '2756294',
    id: '2756294',
    region: 'fra1',
    public_ipv4: '203.0.113.30',
    public_ipv6: '2001:DB8::9',
    local_ipv4: '10.4.0.2',
    private_ipv4: '10.4.0.2',
  },
  vultr: {
    hostname: 'box',
    instance_id: 'a747bfz6385e',
    instance_uuid: '36e9cf60-5d93-4e31-8ebf-613b3d2874fb',
    region: 'AMS',
    region_code: 'AMS',
    public_ipv4: '203.0.113.31',
    public_ipv6: '2001:db8::10',
    local_ipv4: '10.5.0.3',
    private_ipv4: '10.5.0.3',
    private_netmask: '255.255.0.0',
  },
  scaleway: {
    hostname: 'box',
    instance_id: 'b0ebc5a4-0f35-4d1e-8e0c-2d5a4c1f7f11',
    instance_type: 'DEV1-S',
    availability_zone: 'fr-par-1',
    instance_location: 'fr-par-1',
    region: 'fr-par',
    public_ipv4: '203.0.113.32',
    public_ip: '203.0.113.32',
    local_ipv4: '10.6.0.4',
    private_ip: '10.6.0.4',
  },
  equinixmetal: {
    hostname: 'box',
    instance_id: '4d6c1f3e-0b55-4a2f-9c3c-5f3b6a7d8e9f',
    instance_type: 'c3.small.x86',
    region: 'am',
    availability_zone: 'am6',
    public_ipv4: '203.0.113.33',
    public_ipv6: '2001:db8::33',
    local_ipv4: '10.7.0.5',
  },
  metaldata: {
    hostname: 'box',
    public_ipv4: '203.0.113.34',
    local_ipv4: '10.8.0.2',
    private_ipv4: '10.8.0.2',
    availability_zone: 'rack1',
    failure_domain: 'rack1',
    instance_id: 'm-1',
    machine_id: 'm-1',
    instance_type: 'large',
    machine_type: 'large',
  },
};

describe('a provider', () => {
  test.each(Object.entries(expected))('%s finds every value, both keys and the user data', async (name, values) => {
    const { findings, error } = await inquire(name, cloudOf(name));
    expect(error).toBeUndefined();
    expect(findings.problems).toEqual([]);
    expect(Object.fromEntries(findings.values)).toEqual(values);
    expect(findings.keys).toEqual([keys.one, keys.two]);
    expect(Buffer.from(findings.userData ?? []).toString()).toBe(userData);
  });

  test.each(Object.keys(expected))('%s says what it asked when nothing is there', async (name) => {
    const { error, findings } = await inquire(name, () => ({ status: 404 }));
    expect(error).toMatch(/^GET http:\/\/[\w.]+\/\S*: expected status 200, found 404$/);
    expect(findings.values.size).toBe(0);
  });

  test.each(Object.keys(expected).filter((name) => !['aws', 'openstack', 'hetzner', 'metaldata'].includes(name)))(
    '%s is not deceived by a page that answers everything',
    async (name) => {
      const page = await inquire(name, () => ({ status: 200, body: '<html>log in first</html>' }));
      expect(page.error).toBeDefined();
      const json = await inquire(name, () => ({ status: 200, body: '{"secret": 1}' }));
      expect(json.error).toMatch(/expected/);
      expect(json.error).not.toContain('secret');
    },
  );

  test.each(Object.keys(expected))('%s follows no redirect', async (name) => {
    const { error, asked } = await inquire(name, () => ({
      status: 302,
      headers: { Location: 'http://evil.example.com/latest/user-data' },
    }));
    expect(error).toContain('found 302 to "http://evil.example.com/latest/user-data", which is not followed');
    expect(asked.length).toBe(1);
  });
});

describe('AWS', () => {
  test('takes version 1 where there are no tokens, without a key or user data', async () => {
    const { findings, error, asked } = await inquire('aws', cloudOf('aws-old'));
    expect(error).toBeUndefined();
    expect(asked[0]).toBe('PUT /latest/api/token');
    expect(findings.values.get('instance_id')).toBe('i-0123456789abcdef0');
    expect([findings.keys, findings.userData, findings.problems]).toEqual([[], undefined, []]);
  });

  test('does not try version 1 where the service is switched off', async () => {
    const { error, asked } = await inquire('aws', cloudOf('aws-off'));
    expect(error).toBe('PUT http://169.254.169.254/latest/api/token: expected status 200, found 403');
    expect(asked).toEqual(['PUT /latest/api/token']);
  });

  test('takes no text with line ends for a token', async () => {
    const { error, asked } = await inquire('aws', () => ({ status: 200, body: 'token\r\nHost: other' }));
    expect(error).toBe('PUT http://169.254.169.254/latest/api/token: expected a token, found 18 characters');
    expect(asked.length).toBe(1);
  });

  test('is asked for a few keys however many it lists, and says so once', async () => {
    const list = Array.from({ length: 900 }, (_, index) => `${index}=key`).join('\n');
    const many = withAnswer(cloudOf('aws'), ({ path }) =>
      path === '/latest/meta-data/public-keys/' ? { status: 200, body: `${list}\n${list}` } : undefined,
    );
    const { findings, error, asked } = await inquire('aws', many);
    expect(error).toBeUndefined();
    expect(asked.filter((line) => line.endsWith('/openssh-key'))).toHaveLength(16);
    expect(findings.keys).toHaveLength(2);
    expect(findings.problems).toEqual([
      'GET http://169.254.169.254/latest/meta-data/public-keys/: expected at most 16 keys, found 900',
    ]);
  });

  test('keeps everything else when user data cannot be had, and says so', async () => {
    const broken = withAnswer(cloudOf('aws'), ({ path }) =>
      path === '/latest/user-data' ? { status: 500, body: 'oops' } : undefined,
    );
    const { findings, error } = await inquire('aws', broken);
    expect(error).toBeUndefined();
    expect(findings.problems).toEqual(['GET http://169.254.169.254/latest/user-data: expected status 200, found 500']);
    expect(findings.keys.length).toBe(2);
  });
});

describe('Azure', () => {
  test('is told that the machine is ready, last of all', async () => {
    const { asked } = await inquire('azure', cloudOf('azure'));
    expect(asked.slice(-2)).toEqual(['GET /machine/?comp=goalstate', 'POST /machine?comp=health']);
  });

  test.each([
    {
      name: 'does not say whom it means',
      goal: { status: 200, body: '<GoalState><Incarnation>1</Incarnation></GoalState>' },
      problem: /expected Incarnation, ContainerId and InstanceId, found fewer$/,
    },
    { name: 'is not there', goal: { status: 404 }, problem: /^reporting that the machine is ready/ },
    {
      name: 'puts elements into names',
      goal: {
        status: 200,
        body: '<Incarnation>1&lt;/a&gt;</Incarnation><ContainerId>c</ContainerId><InstanceId>i</InstanceId>',
      },
      problem: /found fewer$/,
    },
  ])('whose host $name is a problem, and the rest is kept', async ({ goal, problem }) => {
    const odd = withAnswer(cloudOf('azure'), ({ path }) => (path.startsWith('/machine') ? goal : undefined));
    const { findings, error } = await inquire('azure', odd);
    expect(error).toBeUndefined();
    expect(findings.problems).toEqual([expect.stringMatching(problem)]);
    expect(findings.keys.length).toBe(2);
  });
});

test('GCP leaves out the keys of a project that the instance blocks', async () => {
  const { findings } = await inquire('gcp', cloudOf('gcp-blocked'));
  expect(findings.keys).toEqual([keys.one]);
  expect(findings.userData).toBeUndefined();
});

test("OpenStack's service may have EC2's tree alone", async () => {
  const { findings, error } = await inquire('openstack', cloudOf('openstack-old'));
  expect(error).toBeUndefined();
  expect(findings.values.get('hostname')).toBe('box.novalocal');
  expect(Buffer.from(findings.userData ?? []).toString()).toBe(userData);
});

test('Hetzner may have no network, no keys and no user data', async () => {
  const { findings, error } = await inquire('hetzner', cloudOf('hetzner-bare'));
  expect([error, findings.problems, findings.keys, findings.userData]).toEqual([undefined, [], [], undefined]);
  expect(findings.values.has('local_ipv4')).toBe(false);
});

test('Scaleway tells user data to privileged ports only, and that is a problem that is said', async () => {
  const { findings } = await inquire('scaleway', (request) => cloudOf('scaleway')({ ...request, isPrivileged: false }));
  expect(findings.problems).toEqual(['GET http://169.254.42.42/user_data/cloud-init: expected status 200, found 403']);
});

test('Equinix Metal keeps a script for the boot loader to itself', async () => {
  const script = withAnswer(cloudOf('equinixmetal'), ({ path }) =>
    path === '/userdata' ? { status: 200, body: '#!ipxe\nboot\n' } : undefined,
  );
  expect((await inquire('equinixmetal', script)).findings.userData).toBeUndefined();
});

test('a server that has no time is asked again until it has', async () => {
  let times = 0;
  const busy = withAnswer(cloudOf('hetzner'), () => {
    times += 1;
    return times < 3 ? { status: 503 } : undefined;
  });
  const { findings, error } = await inquire('hetzner', busy, 20);
  expect([error, findings.problems]).toEqual([undefined, []]);
  expect(findings.values.get('hostname')).toBe('box');
});

test('what is no value is left out, and its text is not shown', async () => {
  const odd = withAnswer(cloudOf('hetzner'), ({ path }) =>
    path.endsWith('/region') ? { status: 200, body: 's3cret\nlines' } : undefined,
  );
  const { findings } = await inquire('hetzner', odd);
  expect(findings.values.has('region')).toBe(false);
  expect(findings.problems).toEqual(['region: expected one line of at most 1024 characters, found other text']);
});
