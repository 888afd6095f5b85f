// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, fromLabel, notBuilt, ref, type SchemaNode, stringMap } from './schema-node.ts';

const bytes: SchemaNode = {
  type: 'integer',
  description: 'Bytes; -1 is no limit.',
  'x-default': 'no limit',
  minimum: -1,
  'x-expected': 'a number of bytes, or -1 for no limit',
};

const memory: SchemaNode = closedMap(
  {
    limit: ref('bytes', { description: 'Most memory.' }),
    reservation: ref('bytes', { description: 'Memory that is taken away last when the system runs short.' }),
    swap: ref('bytes', { description: 'Most memory and swap together.' }),
    kernel: notBuilt('cgroup v1 only.'),
    kernelTCP: notBuilt('cgroup v1 only.'),
    swappiness: notBuilt('cgroup v1 only.'),
    disableOOMKiller: notBuilt('cgroup v1 only.'),
  },
  {
    'x-called': 'memory',
    description: 'Memory in bytes; -1 is no limit.',
    'x-expected': 'a map with limit, reservation and swap',
  },
);

const cpu: SchemaNode = closedMap(
  {
    shares: {
      type: 'integer',
      description: 'Weight against others; 1024 is the usual one.',
      'x-default': '1024',
      minimum: 0,
      'x-expected': 'a number from 0',
    },
    quota: {
      type: 'integer',
      description: 'Microseconds of CPU in each period; -1 is no limit.',
      'x-default': 'no limit',
      minimum: -1,
      'x-expected': 'a number of microseconds, or -1 for no limit',
    },
    period: {
      type: 'integer',
      description: 'Length of a period in microseconds.',
      'x-default': '100000',
      minimum: 0,
      'x-expected': 'a number of microseconds',
    },
    burst: {
      type: 'integer',
      description: 'Microseconds that may be saved up for a busy period.',
      'x-default': '0',
      minimum: 0,
      'x-expected': 'a number of microseconds',
      'x-linuxkit': 'LinuxKit has no such key.',
    },
    idle: {
      type: 'integer',
      description: '1 runs it only when nothing else wants the CPU.',
      'x-default': '0',
      minimum: 0,
      maximum: 1,
      'x-expected': '0 or 1',
      'x-linuxkit': 'LinuxKit has no such key.',
    },
    cpus: {
      type: 'string',
      description: 'CPUs to run on, for example "0-1,3".',
      'x-default': 'all',
      pattern: '^[0-9,-]*$',
      'x-expected': 'a list of CPUs such as "0-1,3"',
    },
    mems: {
      type: 'string',
      description: 'Memory nodes to use, for example "0".',
      'x-default': 'all',
      pattern: '^[0-9,-]*$',
      'x-expected': 'a list of memory nodes such as "0-1"',
    },
    realtimeRuntime: notBuilt('cgroup v1 only.'),
    realtimePeriod: notBuilt('cgroup v1 only.'),
  },
  {
    'x-called': 'cpu',
    description: 'Share and limits of CPU time.',
    'x-expected': 'a map with shares, quota, period, burst, idle, cpus and mems',
  },
);

/** Key `resources` of a container. */
export const resources: SchemaNode = closedMap(
  {
    memory: ref('memory'),
    cpu: ref('cpu'),
    pids: closedMap(
      {
        limit: {
          type: 'integer',
          description: 'Most processes and threads; -1 is no limit.',
          minimum: -1,
          'x-expected': 'a number, or -1 for no limit',
        },
      },
      { required: ['limit'], description: 'Number of processes.', 'x-expected': 'a map with limit' },
    ),
    unified: stringMap({
      description: 'Files of cgroup v2 and what to write into them, for example memory.high.',
      'x-expected': 'a map of strings such as memory.high: "64M"',
      'x-linuxkit': 'LinuxKit has no such key.',
    }),
    blockio: notBuilt('Limits of block devices.'),
    hugepageLimits: notBuilt('Limits of huge pages.'),
    network: notBuilt('Network class and priorities.'),
    devices: notBuilt('Rules of the device cgroup.'),
    rdma: notBuilt('Limits of RDMA.'),
  },
  {
    'x-called': 'resources',
    description:
      "Limits by cgroup v2 (OCI runtime-spec config-linux.md, Control groups); replaces the label's as a whole.",
    'x-default': fromLabel,
    'x-expected': 'a map with memory, cpu, pids and unified',
  },
);

/** Definitions that `resources` refers to. */
export const resourceDefinitions: Readonly<Record<string, SchemaNode>> = { bytes, memory, cpu };
