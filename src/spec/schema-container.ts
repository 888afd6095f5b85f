// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { capabilityNames } from '../../init/contract/runtime-config.ts';
import { bindShape, rlimitShape, tmpfsShape } from './check-values.ts';
import { logging } from './schema-logging.ts';
import { namespaceSettings } from './schema-namespaces.ts';
import { fromLabel, notBuilt, ref, type SchemaNode, stringMap, strings } from './schema-node.ts';
import { resources } from './schema-resources.ts';
import { runtime } from './schema-runtime.ts';
import { userSettings } from './schema-user.ts';

const absolutePath: SchemaNode = { pattern: '^/', 'x-expected': 'an absolute path' };

const capability: SchemaNode = {
  enum: [...capabilityNames, 'all', 'none', 'ALL', 'NONE', 'All', 'None'],
  'x-expected': 'a capability such as "CAP_NET_ADMIN", or "all" or "none" alone',
};

const bind: SchemaNode = {
  pattern: bindShape.source,
  'x-expected': 'a bind "/source:/destination" or "/source:/destination:options"',
};

const tmpfs: SchemaNode = {
  pattern: tmpfsShape.source,
  'x-expected': 'a tmpfs "/destination" or "/destination:options"',
};

/** Every key of a container that may also stand in its image's label: definitions of the schema, by name. */
export const settings: Readonly<Record<string, SchemaNode>> = {
  capabilities: strings(
    {
      description: 'Capabilities of the process; "all" or "none" stands alone.',
      'x-default': fromLabel,
      'x-linuxkit': 'With `capabilities.add` beside it both count; LinuxKit then ignores the added ones.',
    },
    capability,
  ),
  'capabilities.add': strings(
    {
      description: "Capabilities on top of the label's.",
      'x-default': 'none',
      'x-also': ['cap_add'],
      'x-linuxkit': 'In a label it counts too; LinuxKit ignores it there.',
    },
    capability,
  ),
  ambient: strings(
    {
      description: 'Ambient capabilities: kept by a program that runs as another user than root.',
      'x-default': fromLabel,
    },
    capability,
  ),
  mounts: {
    type: 'array',
    items: ref('mount'),
    description: 'Mounts in full. One at the destination of a default mount replaces it.',
    'x-expected': 'a list of mounts',
    'x-default': fromLabel,
  },
  binds: strings(
    {
      description:
        'Paths of the system and volumes to show in the container, "/source:/destination[:options]" or "volume:/destination[:options]"; the options are "rw,rbind,rshared" unless given.',
      'x-default': fromLabel,
      'x-also': ['volumes'],
      'x-linuxkit': 'With `binds.add` beside it both count; LinuxKit then ignores the added ones.',
    },
    bind,
  ),
  'binds.add': strings(
    {
      description: "Binds on top of the label's; one to the same destination replaces the earlier.",
      'x-default': 'none',
      'x-linuxkit': 'In a label it counts too; LinuxKit ignores it there.',
    },
    bind,
  ),
  tmpfs: strings(
    { description: 'Empty file systems in memory, "/destination[:options]".', 'x-default': fromLabel },
    tmpfs,
  ),
  devices: {
    type: 'array',
    items: ref('device'),
    description: 'Device nodes that the container has and may use.',
    'x-expected': 'a list of devices',
    'x-default': fromLabel,
  },
  command: strings({
    description: 'The program and its arguments; replaces entrypoint and command of the image together.',
    minItems: 1,
    'x-expected': 'a list of strings with at least one entry',
    'x-default': "the label's, else entrypoint and command of the image",
    'x-also': ['entrypoint', 'args', 'cmd'],
  }),
  env: strings(
    {
      description: "Environment of the process; replaces the image's as a whole.",
      'x-default': "the label's, else the image's",
      'x-also': ['environment'],
    },
    { pattern: '^[^=]+=', 'x-expected': 'a variable "NAME=value"' },
  ),
  cwd: {
    type: 'string',
    description: 'Working folder of the process.',
    pattern: '^(/|$)',
    'x-expected': 'an absolute path',
    'x-default': "the label's, else the image's, else /",
    'x-also': ['working_dir', 'workdir'],
  },
  ...namespaceSettings,
  readonly: {
    type: 'boolean',
    description: 'The root file system, /dev and /sys cannot be written; otherwise writes go to memory.',
    'x-default': "the label's, else false",
    'x-also': ['read_only'],
  },
  maskedPaths: strings(
    {
      description: 'Paths that read as empty; an empty list is none.',
      'x-default': "the label's; for a service else those of Docker, none with `capabilities: [all]`",
      'x-linuxkit': 'LinuxKit masks nothing by default.',
    },
    absolutePath,
  ),
  readonlyPaths: strings(
    {
      description: 'Paths that cannot be written; an empty list is none.',
      'x-default':
        "the label's; for a service else those of Docker, without /proc/sys/net given CAP_NET_ADMIN, none with `capabilities: [all]`",
      'x-linuxkit': 'LinuxKit leaves everything writable by default.',
    },
    absolutePath,
  ),
  seccomp: {
    type: 'string',
    description:
      'System calls that the process may make: "default" for a profile as strict as Docker\'s that grows with the capabilities, "unconfined" for all, or the path of a profile, as the OCI or Docker write it; relative to the spec\'s folder.',
    pattern: '.',
    'x-expected': '"default", "unconfined" or the path of a profile',
    'x-default': 'the label\'s, else "default"; "unconfined" with `capabilities: [all]`',
    'x-linuxkit': 'LinuxKit has no filters: everything is unconfined.',
  },
  apparmor: {
    type: 'string',
    description:
      'AppArmor profile of the process, by its name; it must be loaded. Without effect where AppArmor is not in use.',
    pattern: '.',
    'x-expected': 'the name of an AppArmor profile',
    'x-default': "the label's, else none",
    'x-also': ['apparmor_profile', 'apparmorProfile'],
    'x-linuxkit': 'LinuxKit has no such key.',
  },
  ...userSettings,
  noNewPrivileges: {
    type: 'boolean',
    description: 'Set-uid programs and file capabilities gain nothing.',
    'x-default': "the label's, else false",
  },
  hostname: {
    type: 'string',
    description: 'Host name inside; needs `uts: new`.',
    pattern: '^.{0,64}$',
    'x-expected': 'a host name of at most 64 characters',
    'x-default': "the label's, else the system's",
  },
  oomScoreAdj: {
    type: 'integer',
    description: 'How early the kernel picks the process when memory runs out.',
    minimum: -1000,
    maximum: 1000,
    'x-expected': 'an integer from -1000 to 1000',
    'x-default': "the label's, else the system's",
    'x-also': ['oom_score_adj'],
  },
  rlimits: strings(
    {
      description: 'Resource limits "name,soft,hard", each limit a number or "unlimited": "nofile,1024,4096".',
      'x-default': fromLabel,
      'x-also': ['ulimits'],
    },
    { pattern: rlimitShape.source, 'x-expected': 'a limit "name,soft,hard"' },
  ),
  resources,
  sysctl: stringMap({
    description: "Kernel settings of the container's own namespaces.",
    'x-expected': 'a map of strings such as net.ipv4.ip_forward: "1"',
    'x-default': fromLabel,
    'x-also': ['sysctls'],
  }),
  cgroupsPath: {
    type: 'string',
    description: 'Path of the cgroup, from the root of the hierarchy.',
    'x-default': "the label's, else one by the container's name",
  },
  rootfsPropagation: {
    type: 'string',
    description: 'Whether mounts made inside are seen outside.',
    enum: ['', 'private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave', 'unbindable', 'runbindable'],
    'x-expected': '"shared", "slave", "private", "unbindable" or one of these with an "r" before it',
    'x-default': "the label's, else private",
  },
  annotations: stringMap({
    description: 'Free notes, kept in config.json.',
    'x-default': fromLabel,
    'x-also': ['labels'],
  }),
  runtime,
  selinux: notBuilt('SELinux label.'),
  logging,
};
