// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, fromLabel, notBuilt, ref, type SchemaNode, strings } from './schema-node.ts';

const mount: SchemaNode = closedMap(
  {
    destination: {
      type: 'string',
      description: 'Where it appears.',
      'x-default': 'by type: /proc, /dev/pts, /sys, /sys/fs/cgroup, /dev/mqueue',
    },
    type: {
      type: 'string',
      description: 'File system.',
      'x-default': 'the source when that names one, tmpfs for /dev',
    },
    source: {
      type: 'string',
      description: 'What is mounted; of type "bind" a path of the system or the name of a volume.',
      'x-default': 'the type',
      'x-linuxkit': 'LinuxKit does not find a volume that is named here.',
    },
    options: strings({ description: 'Mount options.', 'x-default': 'none' }),
    uidMappings: notBuilt('Id-mapped mounts.'),
    gidMappings: notBuilt('Id-mapped mounts.'),
  },
  {
    'x-called': 'a mount',
    description: 'A mount of OCI config.json.',
    'x-expected': 'a mount: a map with destination, type, source and options',
  },
);

const device: SchemaNode = closedMap(
  {
    path: {
      type: 'string',
      description: 'Path in the container, or "all" to allow a whole class without a node.',
      pattern: '^(all$|/)',
      'x-expected': 'an absolute path or "all"',
    },
    type: {
      type: 'string',
      description: '"c" or "u" character, "b" block, "p" fifo; "a" for both with path "all".',
      enum: ['a', 'b', 'c', 'u', 'p'],
      'x-expected': '"c", "b", "u" or "p", or "a" with path "all"',
    },
    major: {
      type: 'integer',
      description: 'Major number.',
      'x-default': 'required for "c", "b" and "u"',
      minimum: 0,
      maximum: 4095,
      'x-expected': 'a number from 0 to 4095',
    },
    minor: {
      type: 'integer',
      description: 'Minor number.',
      'x-default': 'required for "c", "b" and "u"',
      minimum: 0,
      maximum: 1_048_575,
      'x-expected': 'a number from 0 to 1048575',
    },
    mode: ref('mode', { 'x-default': 'required, but for path "all"' }),
  },
  {
    'x-called': 'a device',
    required: ['path', 'type'],
    'x-zero': { major: 0, minor: 0 },
    description: 'A device; all but the class form need major, minor and mode.',
    'x-expected': 'a device: a map with path, type, major, minor and mode',
  },
);

const mode: SchemaNode = {
  type: 'string',
  description: 'Permissions as octal digits in quotes, for example "0644".',
  pattern: '^0*[0-7]{1,4}$',
  'x-expected': 'octal digits in quotes such as "0644"',
};

/** Key `runtime` of a container. */
export const runtime: SchemaNode = closedMap(
  {
    cgroups: strings({ description: 'Cgroups to make.', 'x-default': fromLabel }),
    mounts: {
      type: 'array',
      items: ref('mount'),
      description:
        "Mounts in the system's own namespace; folders are made, a relative destination is inside the container's root.",
      'x-expected': 'a list of mounts',
      'x-default': fromLabel,
    },
    mkdir: strings({ description: 'Folders to make in the system, mode 0755.', 'x-default': fromLabel }),
    interfaces: notBuilt('Network interfaces to make or move into the container.'),
    bindNS: notBuilt("Paths where the container's namespaces are kept."),
    namespace: notBuilt("containerd's namespace."),
  },
  {
    'x-called': 'runtime',
    description: "What is done in the system before the container starts; the label's is replaced key by key.",
    'x-default': fromLabel,
    'x-expected': 'a map with cgroups, mounts and mkdir',
  },
);

/** Definitions that `runtime`, `mounts`, `devices` and `files` refer to. */
export const mountDefinitions: Readonly<Record<string, SchemaNode>> = { mount, device, mode };
