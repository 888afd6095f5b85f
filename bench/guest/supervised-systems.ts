// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// The systems that the supervision benchmark boots: the same kernel, the same services and the same bundles, started by tskit, and
// by containerd and runc of Debian as LinuxKit has them started.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { umociFolderImage } from '../../test/support/images.ts';
import { extractInitrd } from '../../test/support/initrd-parts.ts';
import { packCpio, put } from './hand-made.ts';

const root = new URL('../..', import.meta.url).pathname;
const firstPort = 8001;
const programs = [
  '/usr/bin/containerd',
  '/usr/bin/containerd-shim-runc-v2',
  '/usr/bin/ctr',
  '/usr/sbin/runc',
  '/bin/busybox',
] as const;
/** Only what the client asks for here: no Kubernetes, no snapshotters that look for other file systems. */
const configuration = `version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
`;

/** Names of the two systems with `count` services, for `tskit run FOLDER/NAME`. */
export interface Pair {
  readonly count: number;
  readonly tskit: string;
  readonly containerd: string;
}

/** Builds the service, static, and its image. */
export async function prepareService(folder: string): Promise<void> {
  const service = join(folder, 'service');
  execFileSync('musl-gcc', [
    '-static',
    '-Os',
    '-s',
    '-D_GNU_SOURCE',
    '-o',
    service,
    join(root, 'bench/guest/service.c'),
  ]);
  put(service, join(folder, 'image'), 'service');
  await umociFolderImage(join(folder, 'layout'), 'service', join(folder, 'image'));
}

/** Builds both systems with `count` services. `idleSeconds` is how long the wake-ups of PID 1 are counted. */
export function composePair(folder: string, count: number, idleSeconds: number): Pair {
  const pair: Pair = { count, tskit: `tskit-${count}`, containerd: `containerd-${count}` };
  const spec = join(folder, `${pair.tskit}.yml`);
  writeFileSync(spec, JSON.stringify(specOf(folder, count, idleSeconds)));
  const args = ['build', '--quiet', '--init', 'tskit', '--dir', folder, spec];
  execFileSync(join(root, 'bin/tskit'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  packContainerd(folder, pair);
  return pair;
}

function namesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, number) => `on-${firstPort + number}`);
}

function specOf(folder: string, count: number, idleSeconds: number): unknown {
  const image = `oci:${join(folder, 'layout')}:service`;
  const common = {
    image,
    readonly: true,
    devices: [{ path: '/dev/console', type: 'c', major: 5, minor: 1, mode: '0600' }],
  };
  const services = namesOf(count).map((name) => {
    const port = Number(name.slice('on-'.length));
    const healthcheck = { tcp: port, interval: '1h', start_period: '10m', start_interval: '20ms' };
    return { name, ...common, command: ['/service', 'serve', String(port)], net: 'host', healthcheck };
  });
  const meter = {
    name: 'meter',
    ...common,
    command: ['/service', 'idle', String(idleSeconds)],
    pid: 'host',
    depends_on: Object.fromEntries(namesOf(count).map((name) => [name, { condition: 'service_healthy' }])),
  };
  return { kernel: { image: 'pkg:kernel', cmdline: 'console=ttyS0 quiet' }, services: [...services, meter] };
}

function packContainerd(folder: string, { count, tskit, containerd }: Pair): void {
  const unpacked = join(folder, `${tskit}-unpacked`);
  extractInitrd(join(folder, `${tskit}-initrd.img`), unpacked);
  const tree = join(folder, containerd);
  for (const file of [...programs, ...librariesOf(programs)]) put(file, tree, file);
  put(join(folder, 'service'), tree, 'service');
  put(join(folder, 'service'), tree, 'bin/service');
  put(join(root, 'bench/guest/containerd-init.sh'), tree, 'init');
  symlinkSync('busybox', join(tree, 'bin/sh'));
  cpSync(join(unpacked, 'lib/modules'), join(tree, 'lib/modules'), { recursive: true });
  for (const mountPoint of ['dev', 'proc', 'sys', 'run', 'tmp', 'root']) mkdirSync(join(tree, mountPoint));
  writeFileSync(join(tree, 'containerd.toml'), configuration);
  writeFileSync(
    join(tree, 'services'),
    namesOf(count)
      .map((name) => `${name}\n`)
      .join(''),
  );
  for (const name of namesOf(count)) copyBundle(unpacked, tree, name);
  writeFileSync(join(folder, `${containerd}-initrd.img`), packCpio(tree));
  for (const part of ['kernel', 'cmdline']) symlinkSync(`${tskit}-${part}`, join(folder, `${containerd}-${part}`));
}

/** The same bundle, as LinuxKit's would be: no filter of system calls, and where runc looks for it. */
function copyBundle(unpacked: string, tree: string, name: string): void {
  const bundle = `containers/services/${name}`;
  const config = JSON.parse(readFileSync(join(unpacked, bundle, 'config.json'), 'utf8')) as {
    root: { path: string };
    linux: Record<string, unknown>;
  };
  const { seccomp: _, cgroupsPath: __, ...linux } = config.linux;
  const changed = { ...config, root: { ...config.root, path: `/${bundle}/rootfs` }, linux };
  put(join(tree, 'service'), join(tree, bundle, 'rootfs'), 'service');
  cpSync(join(unpacked, bundle, config.root.path), join(tree, bundle, 'rootfs'), { recursive: true });
  writeFileSync(join(tree, bundle, 'config.json'), JSON.stringify(changed));
}

function librariesOf(files: readonly string[]): readonly string[] {
  const text = execFileSync('sh', ['-c', 'for file; do ldd "$file"; done 2>/dev/null || :', 'sh', ...files], {
    encoding: 'utf8',
  });
  return [...new Set([...text.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path))];
}
