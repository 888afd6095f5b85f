// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Limits of single cgroup controllers (OCI runtime-spec config-linux.md), below the key `resources`.

import { closedMap, ref, type SchemaNode } from './schema-node.ts';

/** Of what the runtime leaves out where there is cgroup v2 only, and tells. */
export const onlyV1 = 'Of cgroup v1: kept in config.json, without effect here.';
/** Of what would stop a container from starting where there is cgroup v2 only. */
export const leftOut = 'Of cgroup v1: left out.';
/** LinuxKit's YAML reader knows most keys of `resources` in lower case only, which its schema refuses. */
export const notRead = 'LinuxKit accepts it and does not read it.';

const mostOf32Bits = 4_294_967_295;

function deviceNumbers(lowest: 0 | -1): Readonly<Record<'major' | 'minor', SchemaNode>> {
  const wildcard = lowest === 0 ? '' : ', or -1 for all';
  return {
    major: {
      type: 'integer',
      description: 'Major number.',
      'x-default': lowest === 0 ? '0' : 'all',
      minimum: lowest,
      maximum: 4095,
      'x-expected': `a number from 0 to 4095${wildcard}`,
    },
    minor: {
      type: 'integer',
      description: 'Minor number.',
      'x-default': lowest === 0 ? '0' : 'all',
      minimum: lowest,
      maximum: 1_048_575,
      'x-expected': `a number from 0 to 1048575${wildcard}`,
    },
  };
}

const weight: SchemaNode = {
  type: 'integer',
  minimum: 0,
  maximum: 1000,
  'x-default': "the system's",
  'x-expected': 'a number from 10 to 1000, or 0 for none',
};

const weightDevice: SchemaNode = closedMap(
  {
    ...deviceNumbers(0),
    weight: { ...weight, description: 'Weight of the device.' },
    leafWeight: { ...weight, description: `Weight against its own child groups. ${onlyV1}`, 'x-linuxkit': notRead },
  },
  {
    'x-called': 'a device with a weight',
    'x-zero': { major: 0, minor: 0 },
    description: 'A weight of one block device.',
    'x-expected': 'a map with major, minor, weight and leafWeight',
  },
);

const throttleDevice: SchemaNode = closedMap(
  {
    ...deviceNumbers(0),
    rate: {
      type: 'integer',
      description: 'Bytes or operations a second; 0 is no limit.',
      'x-default': '0',
      minimum: 0,
      'x-expected': 'a number from 0',
    },
  },
  {
    'x-called': 'a device with a rate',
    'x-zero': { major: 0, minor: 0, rate: 0 },
    description: 'A rate of one block device.',
    'x-expected': 'a map with major, minor and rate',
  },
);

function throttle(description: string): SchemaNode {
  return {
    type: 'array',
    items: ref('throttleDevice'),
    description,
    'x-expected': 'a list of devices with rates',
    'x-default': 'none',
    'x-linuxkit': notRead,
  };
}

/** `resources.blockio`, which OCI calls blockIO. */
export const blockio: SchemaNode = closedMap(
  {
    weight: { ...weight, description: 'Weight against others.' },
    leafWeight: { ...weight, description: `Weight against its own child groups. ${onlyV1}`, 'x-linuxkit': notRead },
    weightDevice: {
      type: 'array',
      items: ref('weightDevice'),
      description: 'Weights by device.',
      'x-expected': 'a list of devices with weights',
      'x-default': 'none',
      'x-linuxkit': notRead,
    },
    throttleReadBpsDevice: throttle('Most bytes read a second.'),
    throttleWriteBpsDevice: throttle('Most bytes written a second.'),
    throttleReadIOPSDevice: throttle('Most reads a second.'),
    throttleWriteIOPSDevice: throttle('Most writes a second.'),
  },
  {
    'x-called': 'blockio',
    description: 'Weights and limits of block devices.',
    'x-default': 'none',
    'x-expected': 'a map with weight, weightDevice and throttleReadBpsDevice and its like',
    'x-also': ['blkio_config', 'io'],
  },
);

/** An entry of `resources.hugepageLimits`. */
export const hugepageLimit: SchemaNode = closedMap(
  {
    pageSize: {
      type: ['string', 'integer'],
      description: 'Size of a page: "2MB" or 2097152.',
      pattern: '^[1-9][0-9]*[KMG]B$',
      minimum: 1024,
      'x-expected': 'a size such as "2MB", or a number of bytes',
      'x-linuxkit': "LinuxKit takes a number here where OCI's config.json has a string.",
    },
    limit: { type: 'integer', description: 'Bytes.', minimum: 0, 'x-expected': 'a number of bytes' },
  },
  {
    'x-called': 'a limit of huge pages',
    required: ['pageSize', 'limit'],
    description: 'A limit of huge pages.',
    'x-expected': 'a map with pageSize and limit',
  },
);

const priority: SchemaNode = closedMap(
  {
    name: { type: 'string', description: 'Interface.' },
    priority: {
      type: 'integer',
      description: 'Priority.',
      minimum: 0,
      maximum: mostOf32Bits,
      'x-expected': 'a number from 0 to 4294967295',
    },
  },
  {
    'x-called': 'a priority',
    required: ['name', 'priority'],
    description: "Priority of the container's packets on one interface.",
    'x-expected': 'a map with name and priority',
  },
);

/** `resources.network`. */
export const network: SchemaNode = closedMap(
  {
    classID: {
      type: 'integer',
      description: `Class of the container's packets. ${leftOut}`,
      'x-default': 'none',
      minimum: 0,
      maximum: mostOf32Bits,
      'x-expected': 'a number from 0 to 4294967295',
      'x-linuxkit': notRead,
    },
    priorities: {
      type: 'array',
      items: ref('priority'),
      description: `Priorities by interface. ${leftOut}`,
      'x-expected': 'a list of priorities',
      'x-default': 'none',
    },
  },
  {
    'x-called': 'network',
    description: `Network class and priorities. ${leftOut}`,
    'x-default': 'none',
    'x-expected': 'a map with classID and priorities',
  },
);

/** An entry of `resources.devices`. */
export const deviceRule: SchemaNode = closedMap(
  {
    allow: { type: 'boolean', description: 'Allowed, or not.', 'x-default': 'false' },
    type: {
      type: 'string',
      description: '"c" character, "b" block, "a" all devices, whatever their numbers.',
      enum: ['', 'a', 'b', 'c', 'u'],
      'x-expected': '"a", "b" or "c"',
      'x-default': '"a"',
    },
    ...deviceNumbers(-1),
    access: {
      type: 'string',
      description: 'Some of "r" reading, "w" writing and "m" making a node.',
      pattern: '^[rwm]{0,3}$',
      'x-expected': 'some of the letters "rwm"',
      'x-default': '"rwm"',
    },
  },
  {
    'x-called': 'a rule for devices',
    description: 'A rule for devices.',
    'x-expected': 'a rule: a map with allow, type, major, minor and access',
  },
);

/** A value of `resources.rdma`. */
export const rdmaLimit: SchemaNode = closedMap(
  {
    hcaHandles: {
      type: 'integer',
      description: 'Most handles.',
      'x-default': 'no limit',
      minimum: 0,
      maximum: mostOf32Bits,
      'x-expected': 'a number from 0 to 4294967295',
    },
    hcaObjects: {
      type: 'integer',
      description: 'Most objects.',
      'x-default': 'no limit',
      minimum: 0,
      maximum: mostOf32Bits,
      'x-expected': 'a number from 0 to 4294967295',
    },
  },
  {
    'x-called': 'limits of RDMA',
    description: 'Limits of one device.',
    'x-expected': 'a map with hcaHandles and hcaObjects',
  },
);

/** What `blockio` and `network` refer to. */
export const blockDefinitions: Readonly<Record<string, SchemaNode>> = { weightDevice, throttleDevice, priority };
