// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Configurations that fuzzing starts from: what the tests use everywhere, and one with nearly every member of runtime-spec 1.3.

import type { Resources } from '../../init/contract/resources.ts';
import type { RuntimeConfig } from '../../init/contract/runtime-config.ts';
import { baseConfig } from './container-bundle.ts';

const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
const hook = { path: '/bin/true', args: ['true'], env: ['A=b'], timeout: 5 };

/** Each runs the probe; what a host lacks is an error of the runtime, which is an answer too. */
export const configCorpus: readonly [RuntimeConfig, ...RuntimeConfig[]] = [
  baseConfig(),
  rootless(),
  everything({}),
  everything({
    pids: { limit: 50 },
    memory: { limit: 64 << 20 },
    cpu: { shares: 512, quota: 50_000, period: 100_000 },
    blockIO: { weight: 10, throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 600 }] },
  }),
];

function rootless(): RuntimeConfig {
  const base = baseConfig('/proc', '/dev');
  return {
    ...base,
    linux: {
      ...base.linux,
      namespaces: [...(base.linux.namespaces ?? []), { type: 'user' }],
      uidMappings: map,
      gidMappings: map,
    },
  };
}

/** With limits that any host has, and others. */
function everything(others: Resources): RuntimeConfig {
  const base = baseConfig('/etc/file', '/masked');
  const capabilities = ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'] as const;
  return {
    ...base,
    root: { path: 'rootfs', readonly: true },
    hostname: 'box',
    domainname: 'example.com',
    annotations: { 'org.example': 'x' },
    process: {
      ...base.process,
      user: { uid: 1000, gid: 1000, additionalGids: [5, 6], umask: 0o22 },
      capabilities: {
        bounding: capabilities,
        permitted: capabilities,
        effective: capabilities,
        inheritable: capabilities,
        ambient: capabilities,
      },
      noNewPrivileges: true,
      rlimits: [{ type: 'RLIMIT_CORE', soft: 0n, hard: 0xffff_ffff_ffff_ffffn }],
      oomScoreAdj: 500,
      scheduler: { policy: 'SCHED_BATCH', nice: 5 },
      ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 4 },
    },
    mounts: [
      ...base.mounts,
      { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'size=64k', 'tmpcopyup'] },
      { destination: '/etc', type: 'bind', source: 'rootfs/etc', options: ['rbind', 'ro', 'rnosuid', 'private'] },
      { destination: 'dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    ],
    hooks: {
      prestart: [hook],
      createRuntime: [hook],
      createContainer: [hook],
      startContainer: [{ ...hook, path: '/probe' }],
      poststart: [hook],
      poststop: [hook],
    },
    linux: {
      namespaces: [...(base.linux.namespaces ?? []), { type: 'cgroup' }, { type: 'time' }],
      timeOffsets: { monotonic: { secs: 10, nanosecs: 5 }, boottime: { secs: 20 } },
      sysctl: { 'net.ipv4.ip_forward': '1', 'kernel.msgmax': '8192' },
      devices: [{ path: '/dev/fuzz', type: 'c', major: 1, minor: 3, fileMode: 0o666, uid: 0, gid: 0 }],
      maskedPaths: ['/proc/kcore', '/masked'],
      readonlyPaths: ['/proc/sys'],
      rootfsPropagation: 'private',
      cgroupsPath: '/fuzz',
      seccomp: {
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
        flags: ['SECCOMP_FILTER_FLAG_LOG'],
        syscalls: [
          { names: ['mkdir', 'mkdirat', 'no_such_call'], action: 'SCMP_ACT_ERRNO', errnoRet: 7 },
          {
            names: ['personality', 'clone'],
            action: 'SCMP_ACT_KILL_PROCESS',
            args: [
              { index: 0, value: 0xffff_ffff, valueTwo: 0xff00_0000_0000_0000n, op: 'SCMP_CMP_MASKED_EQ' },
              { index: 1, value: 5, op: 'SCMP_CMP_GT' },
            ],
          },
        ],
      },
      personality: { domain: 'LINUX' },
      memoryPolicy: { mode: 'MPOL_PREFERRED', nodes: '0' },
      resources: {
        devices: [
          { allow: false, access: 'rwm' },
          { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' },
        ],
        ...others,
        hugepageLimits: [{ pageSize: '2MB', limit: 1 << 21 }],
        unified: { 'cgroup.max.depth': '3' },
      },
    },
  };
}
