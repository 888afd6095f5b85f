// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The systems that the guest benchmark boots: the same kernel and the same static server, composed by tskit, and in an
// initramfs made by hand around busybox. All start through /bench, which says when the kernel executed PID 1.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleListName } from '../../init/contract/paths.ts';
import { umociFolderImage } from '../../test/support/images.ts';
import { extractInitrd } from '../../test/support/initrd-parts.ts';
import { packCpio, put } from './hand-made.ts';

const root = new URL('../..', import.meta.url).pathname;
const cmdline = 'console=ttyS0 quiet tskit.console rdinit=/bench';
/** What a network card of `tskit run` needs. */
const networkDrivers = ['virtio_pci', 'virtio_net'];

/** What a system does apart from running the server. */
interface Contents {
  readonly title: string;
  readonly dhcp?: boolean;
  /** tskit's: the service's root can be written, which takes an overlay. */
  readonly writable?: boolean;
  /** busybox's: inserts the network card's driver. tskit's init always loads drivers for all devices. */
  readonly network?: boolean;
}

const tskitSystems = {
  service: { title: 'tskit: service' },
  writable: { title: 'tskit: service with a writable root', writable: true },
  dhcp: { title: 'tskit: DHCP, then service', dhcp: true },
} as const;

const busyboxSystems = {
  'busybox-bare': { title: 'busybox: server' },
  'busybox-network': { title: 'busybox: network driver, server', network: true },
  'busybox-dhcp': { title: 'busybox: network driver, DHCP, server', network: true, dhcp: true },
} as const;

/** What all systems are called; `tskit run FOLDER/NAME` boots one. */
export type SystemName = keyof typeof tskitSystems | keyof typeof busyboxSystems;

/** Name -> what it does, in words. */
export const titles: ReadonlyMap<SystemName, string> = new Map(
  Object.entries({ ...busyboxSystems, ...tskitSystems }).map(([name, { title }]) => [name as SystemName, title]),
);

/** Builds all systems into `folder`. Packages come from the cache of builds, else from Debian. */
export async function composeSystems(folder: string): Promise<void> {
  const server = join(folder, 'bench');
  execFileSync('musl-gcc', ['-static', '-Os', '-s', '-o', server, join(root, 'bench/guest/server.c')]);
  const image = join(folder, 'image');
  put(server, image, 'bench');
  await umociFolderImage(join(folder, 'layout'), 'server', image);

  for (const [name, contents] of Object.entries(tskitSystems)) {
    writeFileSync(join(folder, `${name}.yml`), specText(folder, contents));
    const args = ['build', '--quiet', '--init', 'tskit', '--dir', folder, join(folder, `${name}.yml`)];
    execFileSync(join(root, 'bin/tskit'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const unpacked = join(folder, 'unpacked');
  extractInitrd(join(folder, 'service-initrd.img'), unpacked);
  for (const [name, contents] of Object.entries(busyboxSystems)) packBusybox(folder, name, contents, unpacked);
}

function specText(folder: string, { dhcp = false, writable = false }: Contents): string {
  const service = {
    name: 'server',
    image: `oci:${join(folder, 'layout')}:server`,
    command: ['/bench', 'serve'],
    net: 'host',
    capabilities: ['CAP_NET_BIND_SERVICE'],
    readonly: !writable,
  };
  // JSON is YAML.
  return JSON.stringify({
    kernel: { image: 'pkg:kernel', cmdline },
    onboot: dhcp ? [{ name: 'dhcp', image: 'pkg:dhcp' }] : [],
    services: [service],
    files: [{ path: '/bench', source: join(folder, 'bench'), mode: '0755' }],
  });
}

function packBusybox(
  folder: string,
  name: string,
  { dhcp = false, network = false }: Contents,
  unpacked: string,
): void {
  const tree = join(folder, name);
  const modules = network ? modulePaths(unpacked) : [];
  put(join(folder, 'bench'), tree, 'bench');
  put(join(root, 'bench/guest/busybox-init.sh'), tree, 'init');
  put('/bin/busybox', tree, 'bin/busybox');
  for (const module of modules) put(join(unpacked, module), tree, module);
  writeFileSync(join(tree, 'modules'), modules.map((module) => `/${module}\n`).join(''));
  for (const mountPoint of ['dev', 'proc', 'sys']) mkdirSync(join(tree, mountPoint));
  if (dhcp) addDhcp(tree);
  writeFileSync(join(folder, `${name}-initrd.img`), packCpio(tree));
  for (const part of ['kernel', 'cmdline']) symlinkSync(`service-${part}`, join(folder, `${name}-${part}`));
}

/** The same scripts as in the image pkg:dhcp. */
function addDhcp(tree: string): void {
  const files = join(root, 'packages/dhcp/files');
  put(join(files, 'dhcp'), tree, 'usr/sbin/dhcp');
  put(join(files, 'dhcp-event'), tree, 'usr/libexec/dhcp-event');
  for (const script of ['usr/sbin/dhcp', 'usr/libexec/dhcp-event']) chmodSync(join(tree, script), 0o755);
  mkdirSync(join(tree, 'run/resolvconf'), { recursive: true });
  for (const applet of ['sh', 'cat', 'sleep', 'ifconfig', 'ip', 'udhcpc'])
    symlinkSync('busybox', join(tree, 'bin', applet));
}

/** Paths of the network card's modules with what they depend on, in load order, relative to the root. */
function modulePaths(unpacked: string): string[] {
  const releases = readdirSync(join(unpacked, 'lib/modules'));
  const folder = join('lib/modules', releases[0] ?? '');
  const list = readFileSync(join(unpacked, folder, moduleListName), 'utf8');
  const records = new Map(list.split('\n').map((line) => [line.slice(0, line.indexOf('\t')), line.split('\t')]));
  const names = networkDrivers.flatMap((name) => [...(records.get(name)?.[2]?.split(' ') ?? []), name]);
  const paths = [...new Set(names)].map((name) => records.get(name)?.[1] ?? '');
  return paths.filter((path) => path !== '').map((path) => join(folder, path));
}
