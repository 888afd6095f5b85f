// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, ref, type SchemaNode, strings } from './schema-node.ts';

/** Ids of 32 bits, of which the last is none. */
const mostIds = 4_294_967_295;

const idMapping: SchemaNode = closedMap(
  {
    containerID: {
      type: 'integer',
      description: 'First id inside; of a mount the first one that its files have.',
      'x-default': '0',
      minimum: 0,
      maximum: mostIds - 1,
      'x-expected': 'a number from 0 to 4294967294',
    },
    hostID: {
      type: 'integer',
      description: 'First id in the system.',
      'x-default': '0',
      minimum: 0,
      maximum: mostIds - 1,
      'x-expected': 'a number from 0 to 4294967294',
    },
    size: {
      type: 'integer',
      description: 'How many ids.',
      minimum: 1,
      maximum: mostIds,
      'x-expected': 'a number from 1 to 4294967295',
    },
  },
  {
    'x-called': 'an id mapping',
    required: ['size'],
    'x-zero': { containerID: 0, hostID: 0 },
    description: 'A range of ids and what it stands for.',
    'x-expected': 'a mapping: a map with containerID, hostID and size',
  },
);

const unreadIds = 'It then reads `containerID` and `hostID` as 0, whatever they are.';

/** A list of id mappings, of a user namespace or of a mount. */
export function idMappings(own: SchemaNode): SchemaNode {
  return { type: 'array', items: ref('idMapping'), 'x-expected': 'a list of id mappings', ...own };
}

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
    uidMappings: idMappings({
      description: 'How the users of its files are mapped; for binds, together with `gidMappings`.',
      'x-default': 'not mapped',
      'x-linuxkit': `LinuxKit spells it \`uidmappings\`. ${unreadIds}`,
    }),
    gidMappings: idMappings({ description: 'How their groups are mapped.', 'x-default': 'not mapped' }),
    uidmappings: idMappings({ description: "LinuxKit's spelling of `uidMappings`.", 'x-default': 'not mapped' }),
    gidmappings: idMappings({ description: "LinuxKit's spelling of `gidMappings`.", 'x-default': 'not mapped' }),
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

/** Definitions that `runtime`, `mounts`, `devices` and `files` refer to. */
export const mountDefinitions: Readonly<Record<string, SchemaNode>> = { mount, device, mode, idMapping };
