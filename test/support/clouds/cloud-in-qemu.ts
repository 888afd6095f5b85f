// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Cloud, keys, userData } from './cloud.ts';
import { serveNames } from './name-server.ts';
import { openStackMetadata } from './openstack.ts';
import { networkWithClouds } from './relay.ts';
import { clouds, serveCloud } from './serve.ts';

const program = 'qemu-system-x86_64';
const virtioCard = 'virtio-net-pci';

/** How a machine of a cloud differs from any other. */
interface Hardware {
  /** What the firmware says of it: words of QEMU's -smbios. */
  readonly smbios: string;
  /** The name that the cloud gives the machine. */
  readonly hostname: string;
  /** What is on the disc in its drive, which has that label. */
  readonly disc?: { readonly label: string; readonly files: Readonly<Record<string, string>> };
  /** Kind of network card, in place of virtio's. */
  readonly card?: string;
  /** There is another such card, and the metadata server has a name. */
  readonly isBare?: boolean;
}

const ovf = `<Environment xmlns:oe="http://schemas.dmtf.org/ovf/environment/1"><PropertySection>
  <Property oe:key="hostname" oe:value="box"/><Property oe:key="public-keys" oe:value="${keys.one}"/>
  <Property oe:key="user-data" oe:value="${Buffer.from(userData).toString('base64')}"/></PropertySection></Environment>`;

const machines: Readonly<Record<string, Hardware>> = {
  aws: { smbios: 'type=1,manufacturer=Amazon EC2', hostname: 'ip-10-0-0-5.eu-west-1.compute.internal' },
  azure: { smbios: 'type=3,asset=7783-7084-3265-9085-8269-3286-77', hostname: 'box' },
  digitalocean: { smbios: 'type=1,manufacturer=DigitalOcean', hostname: 'box' },
  equinixmetal: {
    smbios: 'type=1,manufacturer=Supermicro',
    hostname: 'box',
    card: 'e1000e',
    isBare: true,
  },
  gcp: {
    smbios: 'type=1,manufacturer=Google,product=Google Compute Engine',
    hostname: 'box.europe-west1-b.c.acme.internal',
  },
  hetzner: { smbios: 'type=1,manufacturer=Hetzner,product=vServer', hostname: 'box' },
  openstack: {
    smbios: 'type=1,product=OpenStack Nova',
    hostname: 'box.novalocal',
    disc: {
      label: 'config-2',
      files: {
        'openstack/latest/meta_data.json': JSON.stringify(openStackMetadata),
        'openstack/latest/user_data': userData,
      },
    },
  },
  scaleway: { smbios: 'type=1,manufacturer=Scaleway', hostname: 'box' },
  vmware: {
    smbios: 'type=1,manufacturer=VMware,, Inc.',
    hostname: 'box',
    disc: { label: 'OVF ENV', files: { 'ovf-env.xml': ovf } },
    card: 'vmxnet3',
  },
  vultr: { smbios: 'type=1,manufacturer=Vultr', hostname: 'box' },
};

/** A cloud of one machine. */
export interface CloudInQemu extends AsyncDisposable {
  /** PATH in which QEMU is one whose machine is in that cloud. */
  readonly path: string;
}

/** The name that a cloud gives its machine. */
export function hostnameIn(cloud: string): string {
  return hardwareOf(cloud).hostname;
}

function hardwareOf(cloud: string): Hardware {
  const hardware = machines[cloud];
  if (hardware === undefined) throw new Error(`expected one of ${Object.keys(machines).join(', ')}, found "${cloud}"`);
  return hardware;
}

/**
 * A cloud whose firmware, network and discs the machine of `tskit run` has that is started with its PATH. `key` is the
 * administrator's, one line of authorized_keys.
 */
export async function cloudInQemu(name: string, key: string): Promise<CloudInQemu> {
  const hardware = hardwareOf(name);
  const folder = temporaryFolder();
  // Ports of whoever asks are lost on the way here.
  const server = await serveCloud(withKey(clouds[name], key), { isPrivileged: () => true });
  const bin = join(folder.path, 'bin');
  mkdirSync(bin);
  const network = networkWithClouds(folder.path, server.port);
  const { card = virtioCard, disc, isBare = false } = hardware;
  const words = [
    '-smbios',
    hardware.smbios,
    ...(disc === undefined ? [] : discArguments(folder.path, disc, key)),
    ...(isBare ? ['-netdev', `user,id=net1,${network}`, '-device', `${card},netdev=net1`] : []),
  ];
  const names = isBare ? await nameServer(folder.path) : undefined;
  const real = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
  writeFileSync(
    join(bin, program),
    `#!/bin/bash
args=()
for word; do
  word="\${word/#user,id=net0/user,id=net0,${network}}"
  args+=("\${word/#${virtioCard},/${card},}")
done
exec ${names?.command ?? ''} ${real} "\${args[@]}" ${words.map((word) => `'${word}'`).join(' ')}
`,
    { mode: 0o755 },
  );
  return {
    path: [bin, process.env['PATH']].join(delimiter),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await names?.server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** A server that knows all clouds' names, and what QEMU is started with so that its network asks that one: a file in place of the host's. */
async function nameServer(folder: string): Promise<{ server: AsyncDisposable; command: string }> {
  const address = `127.53.${(process.pid >> 8) & 255}.${process.pid & 255}`;
  const file = join(folder, 'resolv.conf');
  writeFileSync(file, `nameserver ${address}\n`);
  const script = `mount --bind ${file} /etc/resolv.conf && exec "$@"`;
  return { server: await serveNames(address, [169, 254, 169, 254]), command: `unshare --mount sh -c '${script}' sh` };
}

/** The cloud that gives its machine that key in place of the first of `keys`; nobody answers where a cloud has no server. */
function withKey(cloud: Cloud = () => ({ status: 404 }), key: string): Cloud {
  return (request) => {
    const answer = cloud(request);
    return typeof answer.body === 'string' ? { ...answer, body: answer.body.replaceAll(keys.one, key) } : answer;
  };
}

/** A drive of a kind that the kernels for clouds have a driver of. */
function discArguments(folder: string, { label, files }: NonNullable<Hardware['disc']>, key: string): string[] {
  const [tree, image] = [join(folder, 'disc'), join(folder, 'disc.iso')];
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text.replaceAll(keys.one, key));
  }
  execFileSync('genisoimage', ['-quiet', '-R', '-J', '-V', label, '-o', image, tree], { stdio: 'pipe' });
  const drive = `if=none,id=disc,format=raw,readonly=on,media=cdrom,file=${image}`;
  return ['-drive', drive, '-device', 'piix3-ide,id=ide9', '-device', 'ide-cd,bus=ide9.0,drive=disc'];
}
