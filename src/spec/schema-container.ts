// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { capabilityNames } from '../../init/contract.ts';
import { bindShape, rlimitShape, tmpfsShape } from './check-values.ts';
import { idMappings } from './schema-mounts.ts';
import { fromLabel, notBuilt, ref, refused, type SchemaNode, stringMap, strings } from './schema-node.ts';
import { resources } from './schema-resources.ts';
import { runtime } from './schema-runtime.ts';

const absolutePath: SchemaNode = { pattern: '^/', 'x-expected': 'an absolute path' };

const capability: SchemaNode = {
  enum: [...capabilityNames, 'all', 'none', 'ALL', 'NONE'],
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

const containerId: SchemaNode = {
  type: ['integer', 'string'],
  minimum: 0,
  maximum: 4_294_967_294,
  'x-expected': 'a number from 0 to 4294967294, "root" or the name of a container',
};

/** A namespace that is shared with the system unless asked otherwise; `also` are further words for a new one. */
function namespace(words: readonly string[], rest: SchemaNode): SchemaNode {
  const list = words.map((word) => `"${word}"`).join(', ');
  return {
    type: 'string',
    pattern: `^(|${words.join('|')}|/.+)$`,
    'x-expected': `${list} or the path of a namespace`,
    ...rest,
  };
}

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
  net: namespace(['host', 'root', 'new', 'none'], {
    description:
      'Network namespace: "host" or "root" shares the system\'s, "new" or "none" is an own one with nothing in it, a path joins the one bound there.',
    'x-default': 'the label\'s, else "host"',
    'x-also': ['network', 'network_mode'],
  }),
  ipc: namespace(['host', 'root', 'new'], {
    description: 'IPC namespace, as `net`.',
    'x-default': 'the label\'s, else "host"',
  }),
  uts: namespace(['host', 'root', 'new'], {
    description: 'UTS namespace (host name), as `net`.',
    'x-default': 'the label\'s, else "host"',
  }),
  pid: namespace(['host', 'root', 'new'], {
    description: 'PID namespace, as `net`, but an own one unless asked otherwise.',
    'x-default': 'the label\'s, else "new"',
  }),
  userns: namespace(['host', 'root', 'new'], {
    description: 'User namespace, as `net`; a new one needs `uidMappings` and `gidMappings`.',
    'x-default': 'the label\'s, else "host"',
  }),
  uidMappings: idMappings({
    description: 'Users of a new user namespace. Files of the image keep their owners in the system.',
    'x-default': fromLabel,
    'x-also': ['uid_mappings'],
    'x-linuxkit': 'LinuxKit reads `containerID` and `hostID` as 0, whatever they are.',
  }),
  gidMappings: idMappings({
    description: 'Groups of a new user namespace.',
    'x-default': fromLabel,
    'x-also': ['gid_mappings'],
    'x-linuxkit': 'As `uidMappings`.',
  }),
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
  user: {
    type: ['integer', 'string'],
    description:
      'User of the process, by name or number, with a group after ":" or the groups that the image gives the user: looked up in the /etc/passwd and /etc/group of the image. "root" is root with no further groups. `uid`, `gid` and `additionalGids` win over what it says.',
    pattern: '^[^:\\s]+(:[^:\\s]+)?$',
    minimum: 0,
    maximum: 4_294_967_294,
    'x-expected': 'a user "name", "name:group", "uid" or "uid:gid"',
    'x-default':
      "the label's; else root when `uid`, `gid` or `additionalGids` are given here or in the label; else the USER of the image",
    'x-linuxkit': 'LinuxKit ignores the USER of images, which `user: root` does too, and has no such key.',
  },
  uid: {
    ...containerId,
    description: 'User of the process: a number, or the name of a container for the id that is allocated to it.',
    'x-default': "the label's, else by `user`",
  },
  gid: {
    ...containerId,
    description: 'Group of the process, as `uid`.',
    'x-default': "the label's, else by `user`",
    'x-also': ['group'],
  },
  additionalGids: {
    type: 'array',
    items: containerId,
    description: 'Further groups of the process, as `uid`.',
    'x-expected': 'a list of groups',
    'x-default': "the label's, else by `user`",
    'x-also': ['group_add'],
  },
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
  restart: notBuilt('When a service that ended is started again.'),
  dependsOn: { ...notBuilt('What has to run before a service starts.'), 'x-also': ['depends_on', 'requires', 'after'] },
  healthcheck: notBuilt('How to see that a service works.'),
};

/** Ours: what a failing onboot entry does to the boot. */
export const onFailure: SchemaNode = {
  type: 'string',
  description:
    'What an entry that exits with another code than 0 does: the boot goes on marked degraded, or stops there.',
  enum: ['continue', 'halt'],
  'x-expected': '"continue" or "halt"',
  'x-default': 'the label\'s, else "continue"',
  'x-linuxkit': 'LinuxKit goes on and says nothing.',
  'x-also': ['onFailure'],
};

/** Why services and onshutdown entries have no on_failure. */
export const noOnFailure: SchemaNode = refused(
  'is for onboot entries: nothing waits for this one',
  'Only onboot entries have it.',
);
