// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Linux } from '../../../init/contract/linux-config.ts';
import type { Mount, RuntimeConfig } from '../../../init/contract/runtime-config.ts';
import { stringifyJson } from '../../../init/json.ts';
import { buildForBoot } from '../../support/boot-build.ts';
import { baseConfig } from '../../support/container-bundle.ts';
import { Machine } from '../../support/machine.ts';
import { buildProgram } from '../../support/probe.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const spec = new URL('./spec.yml', import.meta.url).pathname;

/** What a container of its own cgroup namespace sees of its limits. */
const cgroup = '/sys/fs/cgroup';
/** The first virtio disk. */
const [major, minor] = [254, 0];

interface Bundle {
  readonly attempts: readonly string[];
  readonly linux?: Linux;
  readonly capabilities?: readonly string[];
  /** Of the container's own cgroup. */
  readonly mount?: 'ro' | 'rw';
  readonly user?: number;
}

const read = (file: string): string => `read=${cgroup}/${file}`;
const mebibyte = 2 ** 20;

const bundles: Readonly<Record<string, Bundle>> = {
  memory: {
    attempts: ['memory=64', 'memory=4', read('memory.events')],
    linux: { resources: { memory: { limit: 16 * mebibyte, swap: 16 * mebibyte } } },
  },
  high: {
    attempts: ['memory=4', read('memory.high')],
    linux: { resources: { unified: { 'memory.high': String(32 * mebibyte) } } },
  },
  tasks: { attempts: ['tasks=50'], linux: { resources: { pids: { limit: 5 } } } },
  time: {
    attempts: ['spin=1000', read('cpu.stat')],
    linux: { resources: { cpu: { quota: 10_000, period: 100_000 } } },
  },
  affinity: { attempts: ['affinity'], linux: { resources: { cpu: { cpus: '1', mems: '0' } } } },
  files: {
    attempts: [
      ...['memory.max', 'memory.swap.max', 'memory.low', 'cpu.weight', 'cpu.max', 'cpu.max.burst', 'pids.max'].map(
        read,
      ),
      ...['io.max', 'hugetlb.2MB.max', 'hugetlb.2MB.rsvd.max', 'cpuset.cpus', 'cgroup.max.depth'].map(read),
    ],
    linux: {
      resources: {
        memory: { limit: 64 * mebibyte, swap: 96 * mebibyte, reservation: 8 * mebibyte },
        cpu: { shares: 512, quota: 50_000, period: 200_000, burst: 1000, cpus: '0-1' },
        pids: { limit: 20 },
        blockIO: {
          throttleReadBpsDevice: [{ major, minor, rate: mebibyte }],
          throttleWriteIOPSDevice: [{ major, minor, rate: 50 }],
        },
        hugepageLimits: [{ pageSize: '2MB', limit: 4 * mebibyte }],
        unified: { 'cgroup.max.depth': '3' },
      },
    },
  },
  idle: { attempts: [read('cpu.idle')], linux: { resources: { cpu: { shares: 2000, idle: 1 } } } },
  devices: {
    attempts: ['mknod=c:1:3', 'mknod=c:1:11', `mknod=b:${major}:${minor}`],
    capabilities: ['CAP_MKNOD', 'CAP_SYSLOG'],
  },
  allowed: {
    attempts: ['mknod=c:1:11', `mknod=b:${major}:${minor}`],
    capabilities: ['CAP_MKNOD', 'CAP_SYSLOG'],
    linux: { resources: { devices: [{ allow: true, type: 'c', major: 1, minor: 11, access: 'rw' }] } },
  },
  delegated: {
    attempts: [
      `mkdir=${cgroup}/sub`,
      `write=${cgroup}/sub/cgroup.procs=0`,
      `write=${cgroup}/cgroup.subtree_control=+pids`,
      `write=${cgroup}/sub/pids.max=7`,
      `write=${cgroup}/pids.max=max`,
    ],
    mount: 'rw',
    user: 100_000,
    linux: { resources: { pids: { limit: 9 } } },
  },
  owned: { attempts: [`mkdir=${cgroup}/sub`], mount: 'ro', user: 100_000 },
  running: { attempts: ['wait'], linux: { resources: { memory: { limit: 64 * mebibyte }, pids: { limit: 20 } } } },
  moved: {
    attempts: [
      `mkdir=${cgroup}/sub`,
      `write=${cgroup}/sub/cgroup.procs=0`,
      `write=${cgroup}/cgroup.subtree_control=+memory`,
      'wait',
    ],
    mount: 'rw',
  },
  unknown: { attempts: [], linux: { resources: { unified: { 'nonesuch.max': '1' } } } },
  busy: { attempts: [], linux: { cgroupsPath: '/busy/box', resources: { memory: { limit: mebibyte } } } },
  threaded: { attempts: ['tasks=50'], linux: { cgroupsPath: '/threaded/box', resources: { pids: { limit: 5 } } } },
  domain: {
    attempts: [],
    linux: { cgroupsPath: '/threaded/domain', resources: { memory: { limit: 64 * mebibyte } } },
  },
};

function configOf(name: string, { attempts, linux, capabilities = [], mount = 'ro', user }: Bundle): RuntimeConfig {
  const base = baseConfig(...attempts);
  const cgroupMount: Mount = { destination: cgroup, type: 'cgroup', source: 'cgroup', options: [mount] };
  const ids = [{ containerID: 0, hostID: user ?? 0, size: 65_536 }];
  const namespaces = [...(base.linux.namespaces ?? []), { type: 'cgroup' as const }];
  return {
    ...base,
    root: { path: '/bundles/root' },
    process: {
      ...base.process,
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    },
    mounts: [...base.mounts, cgroupMount],
    linux: {
      cgroupsPath: `/boxes/${name}`,
      ...linux,
      namespaces: user === undefined ? namespaces : [...namespaces, { type: 'user' }],
      ...(user === undefined ? {} : { uidMappings: ids, gidMappings: ids }),
    },
  };
}

/** Each container's lines start with its name; what it does beside running is for the tests of that name. */
const script = `
runtime='tsrun --root /run/boxes'
in_box() { "$@" 2>&1 | sed "s/^/$box: /"; }
mkdir /sys/fs/cgroup/busy /sys/fs/cgroup/threaded /sys/fs/cgroup/threaded/first
sleep 1000 & echo $! > /sys/fs/cgroup/busy/cgroup.procs
echo threaded > /sys/fs/cgroup/threaded/first/cgroup.type
for box in ${Object.keys(bundles)
  .filter((name) => name !== 'running' && name !== 'moved')
  .join(' ')}; do
  in_box $runtime run -b /bundles/$box $box < /dev/null
done
folder=/sys/fs/cgroup/boxes/running
box=running
$runtime run -d -b /bundles/running running < /dev/null > /dev/null 2>&1
in_box $runtime update --memory 33554432 --memory-swap 50331648 --cpu-quota 20000 --pids-limit 9 running
echo "updated: $(cat $folder/memory.max $folder/memory.swap.max $folder/cpu.max $folder/pids.max | tr '\\n' ' ')"
in_box $runtime pause running
echo "paused: $(cat $folder/cgroup.freeze) $(grep frozen $folder/cgroup.events)"
in_box $runtime resume running
echo "resumed: $(cat $folder/cgroup.freeze)"
box=exec
in_box $runtime exec running /probe tasks=50 read=/proc/self/cgroup
box=running
in_box $runtime delete --force running
echo "deleted: $(ls -d $folder 2>&1)"
$runtime run -d -b /bundles/moved moved < /dev/null > /dev/null 2>&1
until [ "$(cat /sys/fs/cgroup/boxes/moved/cgroup.subtree_control)" = memory ]; do sleep 0.1; done
box=moved
in_box $runtime exec moved /probe read=/proc/self/cgroup
in_box $runtime delete --force moved
rmdir /sys/fs/cgroup/threaded/*/ /sys/fs/cgroup/threaded /sys/fs/cgroup/boxes
echo "left: $(ls -d /sys/fs/cgroup/*/ | tr '\\n' ' ')"
echo the end
`;

describe('on a host whose cgroups are v2 alone, with all controllers', () => {
  const folder = temporaryFolder();
  let machine: Machine;

  beforeAll(async () => {
    for (const [name, bundle] of Object.entries(bundles)) {
      mkdirSync(join(folder.path, name));
      writeFileSync(join(folder.path, name, 'config.json'), stringifyJson(configOf(name, bundle)));
    }
    writeFileSync(join(folder.path, 'script'), script);
    await buildProgram('strain.c', join(folder.path, 'strain'));
    const files = Object.keys(bundles).map(
      (name) => `  - { path: /bundles/${name}/config.json, source: ${name}/config.json, mode: "0644" }`,
    );
    for (const name of ['proc', 'sys', 'dev'])
      files.push(`  - { path: /bundles/root/${name}, directory: true, mode: "0755" }`);
    const { base } = await buildForBoot(spec, folder.path, { replace: { BUNDLES: files.join('\n') } });
    machine = new Machine(['--cpus', '2', '--mem', '512', '--disk', `${join(folder.path, 'disk.raw')},size=3M`, base]);
    await machine.waitFor(/driver: the end/, 180_000);
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** Lines of a container, or of the script, by what is before the first colon and space after its name. */
  function told(name: string): readonly string[] {
    const start = `driver: ${name}: `;
    return machine.console
      .split('\n')
      .flatMap((line) => (line.includes(start) ? [line.slice(line.indexOf(start) + start.length).trimEnd()] : []));
  }

  test('memory, tasks, processor time and processors stay within their limits', () => {
    expect(told('memory')).toEqual([
      expect.stringMatching(/^memory=64: 1[0-9] killed$/),
      'memory=4: 4',
      expect.stringMatching(/oom_kill 1;/),
    ]);
    expect(told('tasks')).toEqual(['tasks=50: 4']);
    expect(told('time')).toEqual(['spin=1000: done', expect.stringMatching(/nr_throttled [1-9]/)]);
    expect(told('affinity')).toEqual(['affinity: 2']);
  });

  test('every limit is in its file', () => {
    expect(told('files')).toEqual([
      ...['memory.max: 67108864', 'memory.swap.max: 33554432', 'memory.low: 8388608'].map(asRead),
      ...['cpu.weight: 59', 'cpu.max: 50000 200000', 'cpu.max.burst: 1000', 'pids.max: 20'].map(asRead),
      asRead(`io.max: ${major}:${minor} rbps=1048576 wbps=max riops=max wiops=50`),
      ...['hugetlb.2MB.max: 4194304', 'hugetlb.2MB.rsvd.max: 4194304'].map(asRead),
      ...['cpuset.cpus: 0-1', 'cgroup.max.depth: 3'].map(asRead),
    ]);
    expect(told('high')).toEqual(['memory=4: 4', asRead('memory.high: 33554432')]);
    expect(told('idle')).toEqual([asRead('cpu.idle: 1')]);
  });

  test('only allowed devices can be used', () => {
    const block = `mknod=b:${major}:${minor}`;
    expect(told('devices')).toEqual([
      'mknod=c:1:3: ok, open ok',
      'mknod=c:1:11: ok, open EPERM',
      `${block}: ok, open EPERM`,
    ]);
    expect(told('allowed')).toEqual(['mknod=c:1:11: ok, open ok', `${block}: ok, open EPERM`]);
  });

  test('root of a user namespace divides a cgroup that it may write to, and cannot raise its limits', () => {
    expect(told('delegated').map((line) => line.replace(/^.*: /, ''))).toEqual(['ok', 'ok', 'ok', 'ok', 'EACCES']);
    expect(told('owned')).toEqual([`mkdir=${cgroup}/sub: EROFS`]);
  });

  test('limits of a running container change, and hold for what is executed in it', () => {
    expect(told('updated')).toEqual(['33554432 16777216 20000 100000 9']);
    // The container's own program is one of nine, the executed one another.
    expect(told('exec')).toEqual(['tasks=50: 7', 'read=/proc/self/cgroup: 0::/;']);
  });

  test('a container is paused and resumed', () => {
    expect(told('paused')).toEqual(['1 frozen 1']);
    expect(told('resumed')).toEqual(['0']);
  });

  test('a program is executed beside one that has divided its cgroup', () => {
    expect(told('moved')).toEqual(['read=/proc/self/cgroup: 0::/sub;']);
  });

  test('a controller that cannot be had is named, with the reason', () => {
    const [unknown, busy, domain] = ['unknown', 'busy', 'domain'].map((name) => told(name).join());
    expect(unknown).toMatch(
      /expected the controller "nonesuch" in \/sys\/fs\/cgroup .*, found cpuset, cpu, io, memory/,
    );
    expect(busy).toMatch(/cgroup: enable the controller "memory" below \/sys\/fs\/cgroup\/busy: EBUSY/);
    expect(domain).toMatch(/expected the type "domain" for the controller "memory", found "domain threaded"/);
  });

  test('below a threaded cgroup the limits are kept that can be', () => {
    expect(told('threaded')).toEqual(['tasks=50: 4']);
  });

  test('nothing is left of the containers', () => {
    expect(told('deleted')).toEqual([expect.stringContaining('No such file or directory')]);
    expect(told('left')).toEqual(['/sys/fs/cgroup/000-driver/ /sys/fs/cgroup/busy/']);
  });
});

/** As a container tells a file's content. */
function asRead(line: string): string {
  return `read=${cgroup}/${line};`;
}
