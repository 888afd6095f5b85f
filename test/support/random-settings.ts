// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { ImageSettings } from '../../src/spec/types.ts';

/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values that each setting may have, in a spec's entry and in an image's label. */
const choices: { readonly [Key in keyof ImageSettings]?: readonly ImageSettings[Key][] } = {
  capabilities: [[], ['all'], ['none'], ['CAP_CHOWN', 'CAP_NET_ADMIN'], ['CAP_SYS_ADMIN'], ['CAP_CHOWN']],
  'capabilities.add': [['CAP_KILL'], ['CAP_CHOWN', 'CAP_SYS_TIME']],
  ambient: [['CAP_CHOWN'], ['CAP_NET_RAW']],
  mounts: [
    [{ type: 'mqueue' }],
    [
      { destination: '/dev', options: ['nosuid'] },
      { type: 'bind', source: '/a', destination: '/b' },
    ],
  ],
  binds: [['/etc/resolv.conf:/etc/resolv.conf'], ['/x:/y:ro', '/z:/w'], []],
  'binds.add': [['/run:/run'], ['/q:/y']],
  tmpfs: [['/tmp:size=10m'], ['/run']],
  devices: [
    [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229, mode: '0666' }],
    [{ path: 'all', type: 'b', major: 0, minor: 0 }],
  ],
  command: [['/bin/a'], ['/bin/b', '--flag', 'value']],
  env: [['A=1'], ['PATH=/x', 'B=2'], []],
  cwd: ['/srv', '/', ''],
  net: ['new', 'host', 'none', '/run/netns/x'],
  ipc: ['new', 'host'],
  uts: ['new'],
  pid: ['host', 'new'],
  readonly: [true, false],
  maskedPaths: [[], ['/proc/kcore']],
  readonlyPaths: [['/proc/sys', '/sys']],
  seccomp: ['unconfined', 'default'],
  apparmor: ['profile'],
  uid: [0, 1000],
  gid: [5],
  additionalGids: [[7, 8]],
  noNewPrivileges: [true, false],
  oomScoreAdj: [-500],
  rlimits: [['nofile,1024,unlimited', 'nproc,5,6']],
  resources: [
    { memory: { limit: 1024, swap: 9_223_372_036_854_775_807n } },
    { cpu: { shares: 5 }, pids: { limit: 9 } },
  ],
  sysctl: [{ 'net.ipv4.ip_forward': '1', 'kernel.shm_rmid_forced': '1' }],
  cgroupsPath: ['/x'],
  rootfsPropagation: ['shared'],
  annotations: [{ 'com.example.a': 'b' }],
  runtime: [
    {
      interfaces: [
        { name: 'eth7', add: 'veth', peer: 'eth8' },
        { name: 'wg0', add: 'wireguard', createInRoot: true },
      ],
    },
    { bindNS: { net: '/run/netns/x' }, namespace: 'n' },
    { mkdir: ['/var/lib/x'] },
    { cgroups: ['y'], mounts: [{ type: 'bind', source: '/s', destination: '/d' }] },
  ],
  on_failure: ['halt', 'continue'],
};

/** Settings of which each is there with a probability of `density`. */
export function randomSettings(random: () => number, density: number): ImageSettings {
  return Object.fromEntries(
    Object.entries(choices).flatMap(([key, values]) =>
      random() < density ? [[key, (values as readonly unknown[])[Math.floor(random() * values.length)]]] : [],
    ),
  );
}
