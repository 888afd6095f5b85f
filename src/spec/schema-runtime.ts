// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { boundNamespaces } from '../../init/contract/bundle-runtime.ts';
import { closedMap, fromLabel, ref, type SchemaNode, strings } from './schema-node.ts';

/** As the kernel has it (dev_valid_name), without "%", which there stands for a number. */
const interfaceName: SchemaNode = {
  type: 'string',
  pattern: '^(?!\\.{1,2}$)[!-$&-.0-9;-~]{1,15}$',
  'x-expected': 'the name of an interface: at most 15 characters without spaces, "/", ":" and "%"',
};

const networkInterface: SchemaNode = closedMap(
  {
    name: { ...interfaceName, description: "Its name in the container's network namespace." },
    add: {
      type: 'string',
      description:
        'Type of link to make: "veth", "wireguard", "dummy", "bridge" or another that the kernel has. Without it the interface of that name is taken from the system.',
      pattern: '^[A-Za-z0-9_-]{0,55}$',
      'x-expected': 'a type of link such as "veth" or "wireguard"',
      'x-default': 'none; "veth" with `peer`',
    },
    peer: {
      ...interfaceName,
      description: 'The other end of a veth pair, which stays in the system.',
      'x-default': 'none',
      'x-linuxkit': 'LinuxKit makes both ends in the system first, so that `name` must be free there too.',
    },
    createInRoot: {
      type: 'boolean',
      description:
        "Make it in the system first and move it then. Either way a WireGuard interface sends its packets from the system's network.",
      'x-default': 'false',
    },
  },
  {
    'x-called': 'an interface',
    required: ['name'],
    description: 'A network interface; it is down and has no addresses.',
    'x-expected': 'an interface: a map with name, add, peer and createInRoot',
  },
);

/** What others call them. */
const alsoCalled: Readonly<Record<string, readonly string[]>> = {
  mnt: ['mount'],
  net: ['network'],
  user: ['userns'],
};

const namespaceWords: Readonly<Record<(typeof boundNamespaces)[number], string>> = {
  cgroup: 'Cgroup namespace.',
  ipc: 'IPC namespace.',
  mnt: 'Mount namespace.',
  net: 'Network namespace.',
  pid: 'PID namespace; it can be joined as long as its first process runs.',
  user: 'User namespace.',
  uts: 'UTS namespace.',
};

const bindNS: SchemaNode = closedMap(
  Object.fromEntries(
    boundNamespaces.map((kind) => [
      kind,
      {
        type: 'string',
        description: namespaceWords[kind],
        pattern: '^(/.*[^/])?$',
        'x-expected': 'the absolute path of a file',
        'x-default': 'not kept',
        'x-also': alsoCalled[kind] ?? [],
      },
    ]),
  ),
  {
    'x-called': 'bindNS',
    description:
      "Files that the container's namespaces are bound to, made with their folders; they stay when it ends, so that another container joins by `net: PATH`. The label's is replaced key by key.",
    'x-default': fromLabel,
    'x-expected': 'a map with cgroup, ipc, mnt, net, pid, user and uts',
  },
);

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
    interfaces: {
      type: 'array',
      items: ref('interface'),
      description:
        "Network interfaces to make or to take from the system for the container's network namespace, before its program runs. With the system's network they are made there.",
      'x-expected': 'a list of interfaces',
      'x-default': fromLabel,
    },
    bindNS: ref('bindNS'),
    namespace: {
      type: 'string',
      description:
        "containerd's namespace of a service; for LinuxKit's init, without effect with tskit's, which has no containerd.",
      'x-default': fromLabel,
    },
  },
  {
    'x-called': 'runtime',
    description: "What is done in the system before the container starts; the label's is replaced key by key.",
    'x-default': fromLabel,
    'x-expected': 'a map with cgroups, mounts, mkdir, interfaces, bindNS and namespace',
  },
);

/** Definitions that `runtime` refers to. */
export const runtimeDefinitions: Readonly<Record<string, SchemaNode>> = { interface: networkInterface, bindNS };
