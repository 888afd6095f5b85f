// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { idMappings } from './schema-mounts.ts';
import { fromLabel, type SchemaNode } from './schema-node.ts';

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

/** Keys of a container that say which namespaces it shares. */
export const namespaceSettings: Readonly<Record<string, SchemaNode>> = {
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
  pid: namespace(['host', 'root', 'new', 'pod'], {
    description:
      'PID namespace, as `net`, but an own one unless asked otherwise. "pod" shares processes with those services of the `pod` that say so too.',
    'x-also': ['share_pid', 'shareProcessNamespace'],
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
};
