// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { initOptions } from '../../../src/assemble/kernel-options.ts';
import { assemble } from '../../../src/assemble/rootfs.ts';
import type { Rootfs } from '../../../src/rootfs.ts';
import { parseSpec } from '../../../src/spec/parse.ts';
import { Assembly, flattened } from '../../support/assembly.ts';
import { kernelModule } from '../../support/kernel-module.ts';
import { type RawHeader, rawTar } from '../../support/raw-tar.ts';

let assembly = new Assembly();
afterEach(() => {
  assembly[Symbol.dispose]();
  assembly = new Assembly();
});

/** What any service of these tests needs: a filter, a process namespace, and a root that is written to. */
const common = ['CONFIG_SECCOMP_FILTER', 'CONFIG_PID_NS', 'CONFIG_OVERLAY_FS'];

function configOf(options: readonly string[], value = 'y'): string {
  return options.map((option) => `${option}=${value}\n`).join('');
}

interface KernelParts {
  readonly files?: readonly RawHeader[];
  readonly kernel?: Buffer;
}

/** Builds the spec of a text with a kernel image of these files, and images "web" and "vpn", whose label asks for WireGuard. */
async function build(text: string, { files = [], kernel = Buffer.from('bz') }: KernelParts): Promise<Rootfs> {
  const images = [
    assembly.image('kernel', [
      { name: 'kernel', data: kernel },
      { name: 'kernel.tar', data: rawTar({ name: 'lib/modules/6.1/kernel/a.ko', data: kernelModule('a') }) },
      ...files,
    ]),
    assembly.image('web', [{ name: 'a', data: 'x' }], { Cmd: ['/a'] }),
    assembly.image('vpn', [{ name: 'a', data: 'x' }], {
      Cmd: ['/a'],
      Labels: { 'tskit.kernel': '{"needs":["CONFIG_WIREGUARD"]}' },
    }),
  ];
  return await assemble(flattened(parseSpec(text, 'os.yml'), images), { init: 'tskit' }, assembly.ctx);
}

function withConfig(options: readonly string[], value = 'y'): KernelParts {
  return { files: [{ name: 'kernel.config', data: configOf([...initOptions, ...options], value) }] };
}

const service = (...lines: readonly string[]): string =>
  [
    'kernel: {image: kernel}',
    'services:',
    '  - name: web',
    '    image: web',
    ...lines.map((line) => `    ${line}`),
    '',
  ].join('\n');

test('a root on a disk needs a kernel that keeps the capabilities of its files', async () => {
  const text = service('readonly: true').replace('kernel:', 'root: erofs\nkernel:');
  const options = [...common, 'CONFIG_EROFS_FS', 'CONFIG_BLK_DEV_DM', 'CONFIG_DM_VERITY', 'CONFIG_EROFS_FS_XATTR'];
  await expect(build(text, withConfig(options))).rejects.toThrow(
    'os.yml:1:1: root: expected a kernel with CONFIG_EROFS_FS_SECURITY for a root on a disk, found it not set',
  );
  await build(text, withConfig([...options, 'CONFIG_EROFS_FS_SECURITY']));
});

test.each<[string, readonly string[], string, string]>([
  ['overlay', [], 'CONFIG_OVERLAY_FS', 'os.yml:3:5: services[0].readonly'],
  ['a memory limit', ['resources: {memory: {limit: 1000000}}'], 'CONFIG_MEMCG', 'os.yml:5:5: services[0].resources'],
  [
    'a share of the processor',
    ['resources: {cpu: {quota: 1000}}'],
    'CONFIG_CFS_BANDWIDTH',
    'os.yml:5:5: services[0].resources',
  ],
  [
    'a number of processes',
    ['resources: {pids: {limit: 10}}'],
    'CONFIG_CGROUP_PIDS',
    'os.yml:5:5: services[0].resources',
  ],
  ['a network of its own', ['net: new'], 'CONFIG_NET_NS', 'os.yml:5:5: services[0].net'],
  [
    'a file system',
    ['mounts: [{type: xfs, source: /dev/a, destination: /b}]'],
    'CONFIG_XFS_FS',
    'os.yml:5:5: services[0].mounts',
  ],
])('a kernel without what %s needs stops the build at the line that asks', async (_, lines, option, place) => {
  const needed = [
    ...common,
    'CONFIG_NET_NS',
    'CONFIG_MEMCG',
    'CONFIG_CFS_BANDWIDTH',
    'CONFIG_CGROUP_PIDS',
    'CONFIG_XFS_FS',
  ];
  const text = service(...lines);
  await expect(build(text, withConfig(needed))).resolves.toBeDefined();
  const without = needed.filter((each) => each !== option);
  await expect(build(text, withConfig(without))).rejects.toThrow(
    new RegExp(`^${place.replaceAll(/[.[\]]/g, '\\$&')}: expected a kernel with ${option} for .*, found it not set\n`),
  );
});

test('the type of an interface, the label of an image and the spec itself name what is missing, all at once', async () => {
  const text = `kernel:
  image: kernel
  needs: [CONFIG_TUN]
services:
  - name: vpn
    image: vpn
    net: new
    runtime: {interfaces: [{name: eth0, add: veth, peer: a}, {name: wg0, add: wireguard}]}
`;
  const error = await build(text, withConfig([...common, 'CONFIG_NET_NS'])).then(
    () => 'nothing',
    (reason: unknown) => String(reason),
  );
  expect(error.split('\n').slice(0, 4)).toEqual([
    expect.stringContaining(
      'os.yml:3:11: kernel.needs[0]: expected a kernel with CONFIG_TUN for the spec, found it not set',
    ),
    'os.yml:8:28: services[0].runtime.interfaces[0]: expected a kernel with CONFIG_VETH for interface eth0 of container "vpn", found it not set',
    'os.yml:8:62: services[0].runtime.interfaces[1]: expected a kernel with CONFIG_WIREGUARD for interface wg0 of container "vpn", and 1 more, found it not set',
    '(as "/kernel.config" of "kernel" says)',
  ]);
});

test('what is a module does, unless the system has none', async () => {
  const config = { files: [{ name: 'config', data: configOf(initOptions) + configOf(common, 'm') }] };
  await expect(build(service(), config)).resolves.toBeDefined();
  await expect(build(service().replace('image: kernel', 'image: kernel, modules: none'), config)).rejects.toThrow(
    'expected a kernel with CONFIG_OVERLAY_FS for the root of container "web", which is written to, found it as a module, of which the system has none',
  );
});

test("what PID 1 needs is needed with tskit's own init alone", async () => {
  await expect(build(service(), { files: [{ name: 'kernel.config', data: configOf(common) }] })).rejects.toThrow(
    "kernel: expected a kernel with CONFIG_DEVTMPFS for tskit's init, found it not set",
  );
});

test.each<[string, KernelParts]>([
  ['a compressed file', { files: [{ name: 'config.gz', data: gzipSync(configOf(['CONFIG_A'])) }] }],
  ["a distribution's file", { files: [{ name: 'boot/config-6.1.0', data: configOf(['CONFIG_A']) }] }],
  [
    'the kernel itself',
    {
      kernel: Buffer.concat([
        Buffer.from('\x7fELF', 'latin1'),
        // Across the border of what is read at once.
        Buffer.alloc((4 << 20) - 20),
        Buffer.from('IKCFG_ST'),
        gzipSync(configOf(['CONFIG_A'])),
        Buffer.from('IKCFG_ED'),
        Buffer.alloc(100),
      ]),
    },
  ],
])('the configuration is found in %s', async (_, parts) => {
  await expect(build('kernel: {image: kernel, needs: [CONFIG_B], modules: all}\n', parts)).rejects.toThrow(
    'CONFIG_B for the spec',
  );
});

test('of a kernel without a configuration nothing is known: a note when the spec names options', async () => {
  await expect(build('kernel: {image: kernel, needs: [CONFIG_B], modules: all}\n', {})).resolves.toBeDefined();
  expect(assembly.notes).toEqual(['kernel: its image has no configuration, so that CONFIG_B may be missing']);
});

test.each(['{"needs":"CONFIG_A"}', 'CONFIG_A', '{"needs":["A"]}'])(
  'a label %s is an error that names image and form',
  async (label) => {
    const image = assembly.image('odd', [{ name: 'a', data: 'x' }], { Cmd: ['/a'], Labels: { 'tskit.kernel': label } });
    const kernel = assembly.image('kernel', [{ name: 'kernel', data: 'bz' }]);
    const spec = parseSpec('kernel: {image: kernel, tar: none}\nservices: [{name: odd, image: odd}]\n', 'os.yml');
    await expect(assemble(flattened(spec, [image, kernel]), { init: 'tskit' }, assembly.ctx)).rejects.toThrow(
      `label tskit.kernel of image "odd": expected {"needs": ["CONFIG_…"]}, found ${label}`,
    );
  },
);
