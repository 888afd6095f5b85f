// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, fromLabel, ref, type SchemaNode, stringMap } from './schema-node.ts';
import {
  blockDefinitions,
  blockio,
  deviceRule,
  hugepageLimit,
  leftOut,
  network,
  notRead,
  onlyV1,
  rdmaLimit,
} from './schema-controllers.ts';

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
    kernel: ref('bytes', { description: `Most memory of the kernel. ${onlyV1}` }),
    kernelTCP: ref('bytes', {
      description: `Most memory of TCP buffers. ${onlyV1}`,
      'x-linuxkit': notRead,
    }),
    swappiness: {
      type: 'integer',
      description: `How readily memory is swapped out. ${onlyV1}`,
      minimum: 0,
      maximum: 100,
      'x-default': "the system's",
      'x-expected': 'a number from 0 to 100',
    },
    disableOOMKiller: {
      type: 'boolean',
      description: `Processes wait for memory where they would be killed. ${onlyV1}`,
      'x-default': 'false',
      'x-linuxkit': notRead,
    },
  },
  {
    'x-called': 'memory',
    description: 'Memory in bytes; -1 is no limit.',
    'x-expected': 'a map with limit, reservation, swap and others',
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
    realtimeRuntime: {
      type: 'integer',
      description: `Microseconds of real-time scheduling in each period. ${leftOut}`,
      'x-default': '0',
      'x-linuxkit': notRead,
    },
    realtimePeriod: {
      type: 'integer',
      description: `Length of a period of real-time scheduling in microseconds. ${leftOut}`,
      'x-default': "the system's",
      minimum: 0,
      'x-expected': 'a number of microseconds',
      'x-linuxkit': notRead,
    },
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
    blockio: ref('blockio'),
    hugepageLimits: {
      type: 'array',
      items: ref('hugepageLimit'),
      description: 'Most memory in huge pages, by their size.',
      'x-expected': 'a list of limits of huge pages',
      'x-default': 'none',
      'x-linuxkit': notRead,
    },
    network: ref('network'),
    devices: {
      type: 'array',
      items: ref('deviceRule'),
      description:
        'Which devices may be used; the last rule that names one decides, and those of `devices` come after these. What no rule names may not be used, but for the usual ones (null, zero, random, terminals).',
      'x-expected': 'a list of rules for devices',
      'x-default': 'none',
    },
    rdma: {
      type: 'object',
      additionalProperties: ref('rdmaLimit'),
      description: 'Limits of RDMA by device, for example mlx5_0.',
      'x-expected': 'a map from devices to limits',
      'x-default': 'none',
      'x-linuxkit': 'LinuxKit has no such key.',
    },
  },
  {
    'x-called': 'resources',
    description:
      "Limits by cgroup v2 (OCI runtime-spec config-linux.md, Control groups); replaces the label's as a whole. The build warns of what cgroup v2 cannot do.",
    'x-default': fromLabel,
    'x-expected': 'a map with memory, cpu, pids, unified and others',
  },
);

/** Definitions that `resources` refers to. */
export const resourceDefinitions: Readonly<Record<string, SchemaNode>> = {
  bytes,
  memory,
  cpu,
  blockio,
  ...blockDefinitions,
  hugepageLimit,
  network,
  deviceRule,
  rdmaLimit,
};
