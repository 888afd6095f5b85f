// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CloudMachine } from '../support/clouds/cloud-machine.ts';
import { keys, userData } from '../support/clouds/cloud.ts';
import { openStackMetadata } from '../support/clouds/openstack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let machine: CloudMachine;
beforeAll(async () => {
  machine = await CloudMachine.start();
});
afterAll(async () => await machine[Symbol.asyncDispose]());
beforeEach(() => {
  for (const path of ['run', 'sys/class/block', 'sys/firmware', 'etc/data'])
    rmSync(join(machine.root, path), { recursive: true, force: true });
  machine.firmware({ sys_vendor: 'QEMU' });
});

/** The files of what is called the common tree: the same whoever told it. */
const common = {
  'ssh/authorized_keys': `600 ${keys.one}\n${keys.two}\n`,
  userdata: `644 ${userData}`,
  'app/token': '600 s3cret',
};

describe('metadata from a cloud', () => {
  test.each([
    {
      cloud: 'aws',
      name: 'AWS',
      firmware: { sys_vendor: 'Amazon EC2' },
      hostname: 'ip-10-0-0-5.eu-west-1.compute.internal',
    },
    {
      cloud: 'gcp',
      name: 'GCP',
      firmware: { product_name: 'Google Compute Engine' },
      hostname: 'box.europe-west1-b.c.acme.internal',
    },
    {
      cloud: 'azure',
      name: 'Azure',
      firmware: { chassis_asset_tag: '7783-7084-3265-9085-8269-3286-77' },
      hostname: 'box',
    },
    { cloud: 'openstack', name: 'openstack', firmware: { product_name: 'OpenStack Nova' }, hostname: 'box.novalocal' },
    { cloud: 'hetzner', name: 'Hetzner', firmware: { sys_vendor: 'Hetzner' }, hostname: 'box' },
    { cloud: 'digitalocean', name: 'DigitalOcean', firmware: { sys_vendor: 'DigitalOcean' }, hostname: 'box' },
    { cloud: 'vultr', name: 'Vultr', firmware: { sys_vendor: 'Vultr' }, hostname: 'box' },
    { cloud: 'scaleway', name: 'Scaleway', firmware: { sys_vendor: 'Scaleway' }, hostname: 'box' },
  ])('$cloud is the same tree, without a word on who is asked', async ({ cloud, name, firmware, hostname }) => {
    machine.firmware({ product_name: '', chassis_asset_tag: '', ...firmware });
    await machine.play(cloud);
    const { exitCode, stdout, stderr } = await machine.run([]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain(
      `metadata: ${name}: host name ${hostname}, 2 ssh keys, ${userData.length} bytes of user data`,
    );
    expect(stdout).not.toMatch(/s3cret|AAAA/);
    const { tree } = machine;
    expect(tree).toMatchObject({ ...common, provider: `644 ${name}`, hostname: `644 ${hostname}` });
    expect(tree['instance_id']).toMatch(/^644 \S+$/);
    expect(tree['local_ipv4']).toMatch(/^644 10\./);
    expect(tree['public_ipv4']).toMatch(/^644 203\.0\.113\./);
    const summary = JSON.parse((tree['metadata.json'] ?? '').slice(4)) as Record<string, unknown>;
    expect(summary).toMatchObject({ provider: cloud, hostname, ssh_keys: [keys.one, keys.two] });
    expect(await machine.hostname()).toBe(hostname);
  });

  test.each([
    { cloud: 'equinixmetal', name: 'EquinixMetal' },
    { cloud: 'metaldata', name: 'metaldata' },
  ])('$cloud is found by the name of its server', async ({ cloud, name }) => {
    await machine.play(cloud);
    const { exitCode, stderr } = await machine.run([cloud]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(machine.tree).toMatchObject({ ...common, provider: `644 ${name}` });
  });

  test('comes from the first of the line that answers, whoever is faster', async () => {
    await machine.play('hetzner');
    expect((await machine.run(['-timeout', '20', 'aws', 'gcp', 'hetzner', 'vultr'])).exitCode).toBe(0);
    expect(machine.tree['provider']).toBe('644 Hetzner');
  });

  test('asks of several only the one that the firmware names', async () => {
    machine.firmware({ sys_vendor: 'Vultr' });
    await machine.play('aws');
    const { exitCode, stderr } = await machine.run(['-timeout', '20', 'aws', 'vultr']);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'metadata: Vultr: GET http://169.254.169.254/v1.json: expected status 200, found 401\n' +
        'metadata: no provider told anything\n' +
        'hint: a provider over the network needs one that is up: is there a dhcp entry before this one?',
    );
  });

  test('that does not answer is an error that says what was asked, in the time that was given', async () => {
    const started = performance.now();
    const { exitCode, stderr } = await machine.run(['-timeout', '1', 'metaldata', 'gcp'], ['unshare', '--net']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'metadata: GCP: GET http://169.254.169.254/computeMetadata/v1/?recursive=true&alt=json: connect 169.254.169.254:80: ENETUNREACH',
    );
    expect(stderr).toContain(
      'metadata: metaldata: GET http://metaldata/get/meta/hostname: looking up "metaldata": asking 127.0.0.1: connect: ENETUNREACH',
    );
    expect(performance.now() - started).toBeLessThan(30_000);
    expect(machine.tree).toEqual({ 'ssh/authorized_keys': '600 ' });
  });

  test('is asked of nobody when the firmware names no cloud, and that is no error', async () => {
    await machine.play('aws');
    const { exitCode, stdout } = await machine.run([]);
    expect([exitCode, stdout]).toEqual([
      0,
      'metadata: none: the firmware names no cloud, and nothing was put on a disc or into fw_cfg',
    ]);
    expect(machine.tree).toEqual({ 'ssh/authorized_keys': '600 ' });
  });

  test('cannot be written through a link', async () => {
    await machine.play('hetzner');
    mkdirSync(join(machine.root, 'run/config'), { recursive: true });
    symlinkSync('/etc', join(machine.root, 'run/config/app'));
    symlinkSync('/etc/resolv.conf', join(machine.root, 'run/config/region'));
    const { exitCode, stderr } = await machine.run(['hetzner']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('writing /run/config/region: openat2');
    expect(stderr).toContain('writing /run/config/app/token: openat2');
    expect(readFileSync(join(machine.root, 'etc/resolv.conf'), 'utf8')).toBe('nameserver 127.0.0.1\n');
    expect(machine.tree['ssh/authorized_keys']).toContain(keys.one);
  });

  test('needs no capability but the one for a privileged port, which Scaleway looks at', async () => {
    const only = (capabilities: string): string[] => [
      'setpriv',
      '--bounding-set',
      capabilities,
      '--inh-caps',
      capabilities,
    ];
    machine.write('run/kernel-hostname', '');
    await machine.play('scaleway');
    // chroot takes one of its own.
    const without = await machine.run(['scaleway'], only('-all,+sys_chroot'));
    expect(without.stderr).toContain('a port below 1024, which takes CAP_NET_BIND_SERVICE');
    const allowed = await machine.run(['scaleway'], only('-all,+sys_chroot,+net_bind_service'));
    expect([allowed.exitCode, allowed.stderr]).toEqual([0, '']);
    expect(readFileSync(join(machine.root, 'run/kernel-hostname'), 'utf8')).toBe('box');
  });
});

/** Makes an image of the files with a tool of the host. */
function image(files: Readonly<Record<string, string>>, make: (folder: string, image: string) => void): Buffer {
  using folder = temporaryFolder();
  const [source, target] = [join(folder.path, 'files'), join(folder.path, 'image')];
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), content);
  }
  make(source, target);
  return readFileSync(target);
}

const iso =
  (label: string, ...options: string[]) =>
  (folder: string, target: string) =>
    void execFileSync('genisoimage', ['-quiet', '-V', label, ...options, '-o', target, folder], { stdio: 'pipe' });
const fat = (label: string, bits: string, size: string) => (folder: string, target: string) => {
  execFileSync('truncate', ['-s', size, target]);
  execFileSync('mkfs.vfat', ['-F', bits, ...(bits === '32' ? [] : ['-r', '2048']), '-n', label, target], {
    stdio: 'pipe',
  });
  execFileSync('sh', ['-c', 'mcopy -s -i "$1" "$0"/* ::', folder, target]);
};
/** As Azure makes its disc: without the descriptors of ISO 9660. */
const udf = (folder: string, target: string): void => {
  iso('azure', '-udf')(folder, target);
  const bytes = readFileSync(target);
  for (let sector = 16; bytes.subarray(sector * 2048 + 1, sector * 2048 + 6).toString() === 'CD001'; sector += 1)
    bytes.fill(0, sector * 2048, (sector + 1) * 2048);
  writeFileSync(target, bytes);
};

const seed = {
  'user-data': userData,
  'meta-data': `instance-id: i-1\nlocal-hostname: seeded\npublic-keys:\n  - ${keys.one}\n  - ${keys.two}\n`,
};
/** More than one cluster, and more than one sector of names. */
const many = Object.fromEntries(
  Array.from({ length: 100 }, (_, at) => [`some-other-file-with-a-long-name-${at}`, 'x'.repeat(at * 100)]),
);

describe('data on a device', () => {
  test.each([
    { name: 'ISO 9660 with Rock Ridge', make: iso('cidata', '-R'), device: 'vdb', is: 'CDROM /dev/vdb' },
    { name: 'ISO 9660 with Joliet', make: iso('CIDATA', '-J'), device: 'sr0', is: 'CDROM /dev/sr0' },
    { name: 'FAT12', make: fat('cidata', '12', '4M'), device: 'vdb', is: 'CDROM /dev/vdb' },
    { name: 'FAT16', make: fat('CIDATA', '16', '16M'), device: 'vdb1', is: 'CDROM /dev/vdb1' },
    { name: 'FAT32', make: fat('cidata', '32', '40M'), device: 'sda', is: 'CDROM /dev/sda' },
  ])('with the label of NoCloud is found: $name', async ({ make, device, is }) => {
    machine.device('loop0', image({ 'user-data': 'not this' }, iso('cidata', '-R')));
    machine.device('vda', Buffer.alloc(100_000, 7));
    machine.device(device, image({ ...seed, ...many }, make));
    const { exitCode, stderr } = await machine.run([]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(machine.tree).toMatchObject({
      ...common,
      provider: `644 ${is}`,
      hostname: '644 seeded',
      instance_id: '644 i-1',
    });
    expect(await machine.hostname()).toBe('seeded');
  });

  test("is LinuxKit's file on any disc, but not on a disk", async () => {
    machine.device('vda', image({ config: 'a disk' }, iso('config', '-R')));
    expect((await machine.run([])).stdout).toContain('none');
    machine.device('sr1', image({ config: 'a disc' }, iso('config', '-R', '-J')));
    expect((await machine.run(['cdrom'])).exitCode).toBe(0);
    expect(machine.tree).toMatchObject({ provider: '644 CDROM /dev/sr1', userdata: '644 a disc' });
  });

  test.each([
    { name: 'ISO 9660', make: iso('config-2', '-R', '-J') },
    { name: 'FAT', make: fat('config-2', '16', '16M') },
  ])('is a config drive, which OpenStack needs no network for: $name', async ({ make }) => {
    const files = {
      'openstack/latest/meta_data.json': JSON.stringify(openStackMetadata),
      'openstack/latest/user_data': userData,
    };
    machine.firmware({ product_name: 'OpenStack Nova' });
    machine.device('vdb', image(files, make));
    const { exitCode, stderr } = await machine.run([], ['unshare', '--net']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(machine.tree).toMatchObject({ ...common, provider: '644 openstack', hostname: '644 box.novalocal' });
    machine.firmware({ product_name: '' });
  });

  test("is Azure's custom data, which comes before user data", async () => {
    const text = `<Environment><HostName>other</HostName><CustomData>${Buffer.from('custom').toString('base64')}</CustomData></Environment>`;
    machine.firmware({ chassis_asset_tag: '7783-7084-3265-9085-8269-3286-77' });
    machine.device('sr0', image({ 'ovf-env.xml': text, ...many }, udf));
    await machine.play('azure');
    const { exitCode, stderr } = await machine.run([]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(machine.tree).toMatchObject({ provider: '644 Azure', hostname: '644 box', userdata: '644 custom' });
    machine.firmware({ chassis_asset_tag: '' });
  });

  test('is a file or a folder, after everything else', async () => {
    machine.write('etc/data/user-data', 'from a folder');
    machine.write('etc/data/meta-data', '{"local-hostname": "filed"}');
    expect((await machine.run(['cdrom', '-timeout', '1', 'file=/etc/none', 'file=/etc/data'])).exitCode).toBe(0);
    expect(machine.tree).toMatchObject({
      provider: '644 /etc/data',
      userdata: '644 from a folder',
      hostname: '644 filed',
    });
    expect((await machine.run(['file=/etc/data/user-data'])).exitCode).toBe(0);
    expect(machine.tree).toMatchObject({ provider: '644 /etc/data/user-data' });
  });

  test("is QEMU's configuration device, before discs", async () => {
    machine.write('sys/firmware/qemu_fw_cfg/by_name/opt/org.tskit/user-data/raw', userData);
    machine.device('sr0', image(seed, iso('cidata', '-R')));
    expect((await machine.run([])).exitCode).toBe(0);
    expect(machine.tree).toMatchObject({ provider: '644 fw_cfg', userdata: `644 ${userData}` });
  });

  test('that is damaged in any way ends in words, never in a crash', async () => {
    const images = [
      image(seed, iso('cidata', '-R', '-J')),
      image(seed, fat('cidata', '12', '1M')),
      image({ ...seed, 'ovf-env.xml': '<E/>' }, udf).subarray(0, 700_000),
    ];
    let state = 42;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let times = 0; times < 60; times += 1) {
      const bytes = Buffer.from(images[times % images.length] ?? []);
      // Where descriptors and folders are.
      const start = [32_768, 0, 520_000][times % images.length] ?? 0;
      for (let hits = 0; hits < 40; hits += 1)
        bytes[start + random(Math.min(24_000, bytes.length - start))] = random(256);
      machine.device('sr0', bytes.subarray(0, times % 7 === 6 ? random(bytes.length) : bytes.length));
      const { exitCode, stderr } = await machine.run([]);
      expect(stderr).not.toMatch(/crash|\.ts:|Error/);
      expect([0, 1]).toContain(exitCode);
    }
  });
});

test('a provider that nobody knows is an error that lists those that there are', async () => {
  const { exitCode, stderr } = await machine.run(['amazon']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('metadata: expected one of aws, gcp, azure');
});
