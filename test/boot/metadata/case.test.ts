// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildForBoot } from '../../support/boot-build.ts';
import { type Cloud, keys, userData } from '../../support/clouds/cloud.ts';
import { networkWithClouds } from '../../support/clouds/relay.ts';
import { type CloudServer, clouds, serveCloud } from '../../support/clouds/serve.ts';
import { Machine } from '../../support/machine.ts';
import { capabilitiesOf } from '../../support/recipe-proof/proof.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** All clouds at once: their paths differ, and the first that knows one answers. */
const all: Cloud = (request) => {
  const answers = ['aws', 'gcp', 'azure', 'hetzner', 'digitalocean', 'scaleway', 'vultr'].map((name) =>
    clouds[name]?.(request),
  );
  return answers.find((answer) => answer !== undefined && answer.status < 300) ?? { status: 404 };
};

const proof = { recipe: 'metadata', name: 'scaleway' };
const named = ['aws', 'gcp', 'azure', 'digitalocean', 'scaleway'];
/** Who is asked, by the name of the entry; without any word the firmware says Hetzner. */
const entries: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(named.map((name) => [name, [name]])),
  fw_cfg: ['fw_cfg'],
  disc: ['cdrom'],
  firmware: [],
};

function entry(name: string, words: readonly string[], more: object = {}): object {
  const binds = ['/dev:/dev:ro', '/proc/sys/kernel/hostname:/run/kernel-hostname', `/run/config/${name}:/run/config`];
  const runtime = { mkdir: [`/run/config/${name}`] };
  return {
    name,
    image: 'pkg:metadata',
    command: ['/usr/bin/metadata', ...words],
    binds,
    runtime,
    on_failure: 'continue',
    ...more,
  };
}

/** The card that leads to the clouds has all their addresses in its network. */
const network = {
  name: 'network',
  image: 'pkg:busybox',
  net: 'host',
  capabilities: ['CAP_NET_ADMIN'],
  command: [
    'sh',
    '-c',
    'card=$(ip -o link | sed -n "s/^[0-9]*: \\(eth[0-9]\\):.*52:54:00:a9:fe:01.*/\\1/p"); ip addr add 169.254.0.15/7 dev $card; ip link set $card up',
  ],
};
const look = {
  name: 'look',
  image: 'pkg:busybox',
  binds: ['/run/config:/run/config'],
  capabilities: ['CAP_DAC_READ_SEARCH'],
  command: [
    'sh',
    '-c',
    'cd /run/config; grep -r "" . ; echo "name=$(uname -n)"; ls -l scaleway/ssh scaleway/app | sed "s/^/list /"',
  ],
};

describe('pkg:metadata in a machine of a cloud', () => {
  const folder = temporaryFolder();
  let server: CloudServer;
  let said = '';

  beforeAll(async () => {
    server = await serveCloud(all, { isPrivileged: () => true });
    const without = capabilitiesOf(proof.recipe).map((missing) => {
      const capabilities = capabilitiesOf(proof.recipe).filter((one) => one !== missing);
      return entry(`without-${missing}`, [proof.name], { capabilities });
    });
    const spec = {
      kernel: { image: 'pkg:kernel', cmdline: 'console=ttyS0 quiet tskit.console' },
      onboot: [network, ...without, ...Object.entries(entries).map(([name, words]) => entry(name, words)), look],
    };
    writeFileSync(join(folder.path, 'clouds.yml'), JSON.stringify(spec));
    const { base } = await buildForBoot(join(folder.path, 'clouds.yml'), folder.path);
    const fwCfg = join(folder.path, 'fw-cfg');
    writeFileSync(fwCfg, 'from the firmware');
    await using machine = new Machine(
      ['--data', '{"app": {"entries": {"mode": {"content": "from a disc"}}}}', base],
      [
        '-netdev',
        `user,id=clouds,${networkWithClouds(folder.path, server.port)}`,
        '-device',
        'virtio-net-pci,netdev=clouds,mac=52:54:00:a9:fe:01',
        '-smbios',
        'type=1,manufacturer=Hetzner,product=vServer',
        '-fw_cfg',
        `name=opt/org.tskit/user-data,file=${fwCfg}`,
      ],
    );
    await machine.waitFor(/booted in |boot stopped/, 240_000);
    said = machine.console;
    await machine.powerOff();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test.each(named)('%s is asked over the network', (name) => {
    expect(said).toContain(`look: ./${name}/metadata.json:  "provider": "${name}",`);
    expect(said).toContain(`look: ./${name}/ssh/authorized_keys:${keys.one}`);
    expect(said).toContain(`look: ./${name}/ssh/authorized_keys:${keys.two}`);
    expect(said).toContain(`look: ./${name}/userdata:${userData}`);
    expect(said).toContain(`look: ./${name}/app/token:s3cret`);
  });

  test('the cloud that the firmware names is asked without a word, and names the machine', () => {
    expect(said).toContain('firmware: metadata: Hetzner: host name box, 2 ssh keys');
    expect(said).toContain('look: ./firmware/provider:Hetzner');
    expect(said).toContain('look: name=box');
  });

  test('only root reads the keys, and what user data keeps to itself', () => {
    expect(said).toMatch(/look: list -rw------- .* authorized_keys$/m);
    expect(said).toMatch(/look: list -rw------- .* token$/m);
  });

  test('`tskit run --data` is found on its disc', () => {
    expect(said).toMatch(/look: \.\/disc\/provider:CDROM \/dev\/sr\d/);
    expect(said).toContain('look: ./disc/app/mode:from a disc');
  });

  test("QEMU's configuration device is read", () => {
    expect(said).toContain('look: ./fw_cfg/userdata:from the firmware');
  });

  test.each(capabilitiesOf(proof.recipe))('Scaleway tells no user data without %s', (missing) => {
    expect(said).toMatch(new RegExp(`without-${missing}: metadata: Scaleway: .*, which takes ${missing}`));
    expect([...said.matchAll(/\*\*\* onboot (\S+): FAILED/g)].map(([, name]) => name)).toEqual([`without-${missing}`]);
  });
});
