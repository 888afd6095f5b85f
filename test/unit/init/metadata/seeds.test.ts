// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, test } from 'vitest';
import { decodeBase64 } from '../../../../init/metadata/base64.ts';
import { Findings } from '../../../../init/metadata/findings.ts';
import { readConfigDrive } from '../../../../init/metadata/media/config-drive.ts';
import { readFlatYaml } from '../../../../init/metadata/media/flat-yaml.ts';
import { readOvf } from '../../../../init/metadata/media/ovf.ts';
import { readSeed, type Seed } from '../../../../init/metadata/media/seed.ts';
import { keys } from '../../../support/clouds/cloud.ts';
import { openStackMetadata } from '../../../support/clouds/openstack.ts';

const seedOf = (files: Readonly<Record<string, string>>): Seed => ({
  read: (path) => (files[path] === undefined ? undefined : new Uint8Array(Buffer.from(files[path]))),
  decode: (bytes) => Buffer.from(bytes).toString(),
});
const textOf = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString();

describe('meta-data', () => {
  test.each([
    ['instance-id: i-1 # mine\nlocal-hostname: "box"\n', { 'instance-id': 'i-1', 'local-hostname': 'box' }],
    ['{"instance-id": "i-1"}', { 'instance-id': 'i-1' }],
    ["---\n# first\nx: 'it''s'\nlist:\n  - one two\n- three\n", { x: "it's", list: ['one two', 'three'] }],
    [
      'keys:\n  laptop: ssh-rsa AAA me@x\nother: [a, "b"]\n',
      { keys: { laptop: 'ssh-rsa AAA me@x' }, other: ['a', 'b'] },
    ],
    ['url: http://x:80/\n  deep:\n    deeper: x\nlast: y\n', { url: 'http://x:80/', last: 'y' }],
    ['{broken', {}],
  ])('%j', (text, value) => expect(readFlatYaml(text)).toEqual(value));

  test.each([
    ['a list', `keys:\n${'- one\n'.repeat(100_000)}`],
    ['keys', `keys:\n${Array.from({ length: 30_000 }, (_, index) => `  k${index}: x\n`).join('')}`],
    ['blanks', `key: one${' '.repeat(100_000)}two\n`],
  ])('that is long by its %s takes time by its length and not by the square of it', (_, text) => {
    const started = performance.now();
    expect(Object.keys(Object(readFlatYaml(text)))).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('the files of NoCloud', () => {
  test('give a name, keys and user data', () => {
    const found = new Findings();
    const files = {
      'user-data': '#cloud-config\n',
      'vendor-data': 'vendor',
      'meta-data': `instance-id: i-1\nlocal-hostname: box\npublic-keys:\n  - ${keys.one}\n  - ${keys.two}\n`,
    };
    expect(readSeed(seedOf(files), found)).toBe(true);
    expect(Object.fromEntries(found.values)).toEqual({ instance_id: 'i-1', hostname: 'box', local_hostname: 'box' });
    expect(found.keys).toEqual([keys.one, keys.two]);
    expect([textOf(found.userData), textOf(found.vendorData)]).toEqual(['#cloud-config\n', 'vendor']);
  });

  test("may be LinuxKit's one", () => {
    const found = new Findings();
    expect(readSeed(seedOf({ config: 'hello' }), found)).toBe(true);
    expect(textOf(found.userData)).toBe('hello');
  });

  test('may be none, or empty', () => {
    expect(readSeed(seedOf({ other: 'x' }), new Findings())).toBe(false);
    expect(readSeed(seedOf({ 'user-data': '' }), new Findings())).toBe(false);
  });
});

test('a config drive has what the metadata service has', () => {
  const found = new Findings();
  const files = {
    'openstack/latest/meta_data.json': JSON.stringify(openStackMetadata),
    'openstack/latest/user_data': 'hello',
    'ec2/latest/meta-data.json': JSON.stringify({ 'instance-id': 'i-00000001', 'local-ipv4': '10.2.0.3' }),
  };
  expect(readConfigDrive(seedOf(files), found)).toBe(true);
  expect(found.values.get('instance_id')).toBe('i-00000001');
  expect(found.values.get('hostname')).toBe('box.novalocal');
  expect(found.keys).toEqual([keys.one, keys.two]);
  expect(textOf(found.userData)).toBe('hello');
  expect(() => readConfigDrive(seedOf({ 'openstack/latest/meta_data.json': 's3cret{' }), found)).toThrow(
    'openstack/latest/meta_data.json: expected JSON, found 7 characters of something else',
  );
});

describe('ovf-env.xml', () => {
  test('of Azure gives the host name and custom data, and no password', () => {
    const found = new Findings();
    const text = `<?xml version="1.0"?><Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:wa="http://schemas.microsoft.com/windowsazure">
      <wa:ProvisioningSection><wa:Version>1.0</wa:Version><LinuxProvisioningConfigurationSet xmlns="http://schemas.microsoft.com/windowsazure">
      <HostName>box</HostName><UserName>admin</UserName><UserPassword>s3cret</UserPassword>
      <CustomData>${Buffer.from('hello & more').toString('base64')}</CustomData></LinuxProvisioningConfigurationSet></wa:ProvisioningSection></Environment>`;
    expect(readOvf(seedOf({ 'ovf-env.xml': text }), found)).toBe(true);
    expect(found.values.get('hostname')).toBe('box');
    expect(textOf(found.userData)).toBe('hello & more');
    expect(JSON.stringify([...found.values, found.keys, found.problems])).not.toContain('s3cret');
  });

  test('of vSphere has properties', () => {
    const found = new Findings();
    const text = `<Environment xmlns:oe="http://schemas.dmtf.org/ovf/environment/1"><PropertySection>
      <Property oe:key="hostname" oe:value="box"/><Property oe:value='${keys.one} &quot;a&quot;' oe:key='public-keys'/>
      <Property oe:key="user-data" oe:value="aGVsbG8="/></PropertySection></Environment>`;
    expect(readOvf(seedOf({ 'ovf-env.xml': text }), found)).toBe(true);
    expect(found.values.get('hostname')).toBe('box');
    expect(found.keys).toEqual([`${keys.one} "a"`]);
    expect(textOf(found.userData)).toBe('hello');
  });

  test('with something else than base64 is a problem', () => {
    const found = new Findings();
    readOvf(seedOf({ 'ovf-env.xml': '<E><CustomData>s3cret!</CustomData></E>' }), found);
    expect(found.problems).toEqual(['ovf-env.xml: expected base64 as custom data, found something else']);
  });
});

test('base64 is decoded, whatever its lines are', () => {
  for (const text of ['', 'a', 'ab', 'abc', 'abcd', '\0ÿþ'])
    expect(textOf(decodeBase64(`${Buffer.from(text).toString('base64')}\r\n`))).toBe(text);
  expect(decodeBase64('a')).toBeUndefined();
  expect(decodeBase64('a=b=')).toBeUndefined();
});
