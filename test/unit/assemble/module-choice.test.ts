// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { afterEach, expect, test } from 'vitest';
import { assemble } from '../../../src/assemble/rootfs.ts';
import { bytesOf, textOf } from '../../../src/file-tree.ts';
import type { Rootfs } from '../../../src/rootfs.ts';
import { parseSpec } from '../../../src/spec/parse.ts';
import type { ImageSpec, KernelSpec, Spec } from '../../../src/spec/types.ts';
import { Assembly, flattened, textAt } from '../../support/assembly.ts';
import { kernelModule } from '../../support/kernel-module.ts';
import { rawTar } from '../../support/raw-tar.ts';

let assembly = new Assembly();
afterEach(() => {
  assembly[Symbol.dispose]();
  assembly = new Assembly();
});

/** A module of each kind that the choice tells apart, where Linux has it. */
const modules = {
  'drivers/net/virtio_net': { alias: ['virtio:d00000001v*'], depends: 'net_failover' },
  'drivers/net/net_failover': {},
  'drivers/net/veth': { alias: ['rtnl-link-veth'] },
  'drivers/net/tun': { alias: ['devname:net/tun', 'char-major-10-200'] },
  'drivers/block/zram': {},
  'drivers/md/dm-crypt': { depends: 'dm-mod' },
  'drivers/md/dm-mod': {},
  'fs/overlayfs/overlay': { alias: ['fs-overlay'] },
  'fs/xfs/xfs': { alias: ['fs-xfs'], softdep: ['pre: crc32c'] },
  'fs/fuse/fuse': { alias: ['char-major-10-229', 'devname:fuse', 'fs-fuse'] },
  'fs/fat/vfat': { alias: ['fs-vfat'] },
  'fs/nls/nls_cp437': {},
  'fs/nfs/nfs': { alias: ['fs-nfs', 'fs-nfs4'] },
  'fs/nfs/nfsv4': {},
  'fs/binfmt_misc': { alias: ['fs-binfmt_misc'] },
  'net/netfilter/nft_nat': { alias: ['nft-expr-nat'], depends: 'nf_nat' },
  'net/netfilter/nf_nat': {},
  'net/sched/sch_fq': {},
  'net/ipv4/tcp_bbr': {},
  'net/sctp/sctp': { alias: ['net-pf-2-proto-132'] },
  'crypto/crc32c': { alias: ['crypto-crc32c'] },
  'lib/plain': {},
} as const;

const names = Object.keys(modules).map((path) => path.slice(path.lastIndexOf('/') + 1).replaceAll('-', '_'));

function kernelImage() {
  const tar = rawTar(
    ...Object.entries(modules).map(([path, parts]) => ({
      name: `lib/modules/6.1/kernel/${path}.ko`,
      data: kernelModule(path.slice(path.lastIndexOf('/') + 1), parts),
    })),
    { name: 'lib/modules/6.1/modules.builtin', data: 'kernel/fs/ext4/ext4.ko\n' },
  );
  return assembly.image('kernel', [
    { name: 'kernel', data: 'bz' },
    { name: 'kernel.tar', data: tar },
  ]);
}

async function build(kernel: Partial<KernelSpec>, parts: Partial<Spec>, init: 'tskit' | 'auto' = 'tskit') {
  const images = [
    kernelImage(),
    assembly.image('web', [{ name: 'a', data: 'x' }], { Cmd: ['/a'] }),
    assembly.image('init', [{ name: 'init', data: 'x' }]),
  ];
  return await assemble(
    flattened({ ...parts, kernel: { image: 'kernel', ...kernel } }, images),
    { init },
    assembly.ctx,
  );
}

/** Names of the modules that the root has, by its index. */
async function modulesOf(rootfs: Rootfs): Promise<readonly string[]> {
  const placed = rootfs.trees.find(({ prefix }) => textOf(prefix) === 'lib/modules/6.1');
  const tree = (await placed?.tree.load()) ?? new Map();
  const listed = textAt(tree, 'tskit/modules')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'))
    .flatMap(([name, path]) => (path === '' ? [] : [[name ?? '', path ?? ''] as const]));
  const files = [...tree.keys()].map(textOf).filter((path) => path.endsWith('.ko'));
  expect(listed.map(([, path]) => path).sort()).toEqual(files.sort());
  for (const [, path] of listed) expect(tree.has(bytesOf(path))).toBe(true);
  return listed.map(([name]) => name);
}

function service(settings: Partial<ImageSpec>): Partial<Spec> {
  return { services: [{ name: 'web', image: 'web', readonly: true, ...settings }] };
}

async function leftOut(settings: Partial<ImageSpec>): Promise<readonly string[]> {
  const kept = await modulesOf(await build({}, service(settings)));
  return names.filter((name) => !kept.includes(name)).sort();
}

const fileSystems = ['dm_crypt', 'dm_mod', 'fuse', 'nfs', 'nfsv4', 'nls_cp437', 'overlay', 'vfat', 'xfs', 'zram'];
const networks = ['nf_nat', 'nft_nat', 'sch_fq', 'tcp_bbr', 'veth'];

test('without any capability what only a capability has loaded is left out', async () => {
  expect(await leftOut({})).toEqual([...fileSystems, ...networks].sort());
  expect(assembly.notes).toEqual([
    expect.stringMatching(
      /^modules: 7 of 22, [\d.]+ kB of [\d.]+ kB: all but those that nothing in this system could have the kernel load$/,
    ),
  ]);
});

test.each<[string, Partial<ImageSpec>, readonly string[]]>([
  ['who sets up networks', { capabilities: ['CAP_NET_ADMIN'] }, fileSystems],
  [
    'a device',
    { devices: [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229, mode: '0660' }] },
    [...fileSystems.filter((name) => name !== 'fuse'), ...networks],
  ],
  [
    'a root that is written to',
    { readonly: false },
    [...fileSystems.filter((name) => name !== 'overlay'), ...networks],
  ],
  [
    'a mount of FAT, whose tables of characters its driver asks for, where the image has no mount point',
    { mounts: [{ type: 'vfat', source: '/dev/vdb1', destination: '/data' }] },
    [...fileSystems.filter((name) => !['overlay', 'vfat', 'nls_cp437'].includes(name)), ...networks],
  ],
  [
    'a mount of NFS, each version of which is a module of its own',
    { mounts: [{ type: 'nfs', source: '10.0.0.1:/', destination: '/data' }] },
    [...fileSystems.filter((name) => name !== 'overlay' && !name.startsWith('nfs')), ...networks],
  ],
  [
    'a congestion control of its own',
    { net: 'new', sysctl: { 'net.ipv4.tcp_congestion_control': 'bbr' } },
    [...fileSystems, ...networks.filter((name) => name !== 'tcp_bbr')],
  ],
  [
    'an interface of the spec',
    { net: 'new', runtime: { interfaces: [{ name: 'eth0', add: 'veth', peer: 'web0' }] } },
    [...fileSystems, ...networks.filter((name) => name !== 'veth')],
  ],
])('with %s they are in that it may need', async (_, settings, out) => {
  expect(await leftOut(settings)).toEqual([...out].sort());
});

test.each<[string, Partial<ImageSpec>]>([
  ['CAP_SYS_ADMIN', { capabilities: ['CAP_SYS_ADMIN'] }],
  ['CAP_SYS_MODULE', { capabilities: ['CAP_SYS_MODULE'] }],
  ['all capabilities', { capabilities: ['all'] }],
  ['user namespaces for anyone', { seccomp: 'unconfined' }],
  ["the modules' folder", { binds: ['/lib/modules:/lib/modules:ro'] }],
  ['the whole root', { binds: ['/:/host'] }],
])('with %s all modules are in, and nothing is said', async (_, settings) => {
  expect(await leftOut(settings)).toEqual([]);
  expect(assembly.notes).toEqual([]);
});

test('of the init of an image nothing is known, so that all modules are in', async () => {
  expect(await modulesOf(await build({}, { init: ['init'] }, 'auto'))).toHaveLength(names.length);
});

test('"all" has all, "none" has none but the index of what is compiled in', async () => {
  expect(await modulesOf(await build({ modules: 'all' }, service({})))).toHaveLength(names.length);
  const none = await build({ modules: 'none' }, service({}));
  expect(await modulesOf(none)).toEqual([]);
  expect(await none.finder.missingModules('erofs')).toContain('dm_mod');
});

test('a list has what it names, with dependencies, and what the spec itself needs', async () => {
  const rootfs = await build(
    { modules: ['virtio:*', 'xfs', 'dm-crypt', 'nft-expr-*', 'ext4'] },
    service({ readonly: false }),
  );
  expect(await modulesOf(rootfs)).toEqual([
    'crc32c',
    'dm_crypt',
    'dm_mod',
    'net_failover',
    'nf_nat',
    'nft_nat',
    'overlay',
    'virtio_net',
    'xfs',
  ]);
});

test.each<[string, Required<KernelSpec>['modules'], readonly string[]]>([
  ['auto', 'auto', []],
  ['a list', ['plain'], ['plain']],
])('with %s the modules of what the spec needs of its kernel stay', async (_, modules, others) => {
  const needs = [
    'CONFIG_VETH',
    'CONFIG_XFS_FS',
    'CONFIG_DM_CRYPT',
    'CONFIG_NFT_NAT',
    'CONFIG_NET_SCH_FQ',
    'CONFIG_TCP_CONG_BBR',
    'CONFIG_ZRAM',
  ];
  const kept = await modulesOf(await build({ modules, needs }, service({})));
  const meant = ['crc32c', 'dm_crypt', 'dm_mod', 'nf_nat', 'nft_nat', 'sch_fq', 'tcp_bbr', 'veth', 'xfs', 'zram'];
  expect(kept).toEqual(expect.arrayContaining([...meant, ...others]));
  expect(names.filter((name) => !kept.includes(name))).toEqual(expect.arrayContaining(['fuse', 'nfs', 'vfat']));
});

test("a list may name a device's whole modalias", async () => {
  const rootfs = await build({ modules: ['virtio:d00000001v00001AF4'] }, service({}));
  expect(await modulesOf(rootfs)).toEqual(['net_failover', 'virtio_net']);
});

test('what no module answers to is an error at its place that names the nearest', async () => {
  const text = 'kernel:\n  image: kernel\n  modules:\n    - virtio-nte\n    - "usb:*"\n    - xfs\n';
  const { kernel, origin } = parseSpec(text, 'os.yml');
  await expect(build(kernel ?? {}, { origin })).rejects.toThrow(
    'os.yml:4:7: kernel.modules[0]: expected a module of the kernel, or a glob that some match, found "virtio-nte"; did you mean "virtio_net"?\n' +
      'os.yml:5:7: kernel.modules[1]: expected a module of the kernel, or a glob that some match, found "usb:*"',
  );
});

test('a glob that is none matches nothing', async () => {
  const { kernel, origin } = parseSpec('kernel: {image: kernel, modules: ["[z-a]*"]}\n', 'os.yml');
  await expect(build(kernel ?? {}, { origin })).rejects.toThrow(
    'os.yml:1:35: kernel.modules[0]: expected a module of the kernel, or a glob that some match, found "[z-a]*"',
  );
});

test('a list for a kernel that brings no modules is an error', async () => {
  const { kernel, origin } = parseSpec('kernel: {image: kernel, tar: none, modules: [xfs]}\n', 'os.yml');
  await expect(build(kernel ?? {}, { origin })).rejects.toThrow(
    'os.yml:1:46: kernel.modules[0]: expected a kernel with modules, found none in image "kernel"',
  );
});

test.each([
  ['some', 'kernel.modules: expected "auto", "all", "none" or a list of modules, found the string "some"'],
  ['[""]', 'kernel.modules[0]: expected a name of a module'],
  ['3', 'kernel.modules: expected "auto", "all", "none" or a list of modules, found the integer 3'],
])('kernel.modules: %s is refused', (value, message) => {
  expect(() => parseSpec(`kernel: {image: kernel, modules: ${value}}\n`, 'os.yml')).toThrow(message);
});
