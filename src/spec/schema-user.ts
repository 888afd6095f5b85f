// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { SchemaNode } from './schema-node.ts';

const containerId: SchemaNode = {
  type: ['integer', 'string'],
  minimum: 0,
  maximum: 4_294_967_294,
  'x-expected': 'a number from 0 to 4294967294, "root" or the name of a container',
};

/** Keys of a container that say whom its process runs as. */
export const userSettings: Readonly<Record<string, SchemaNode>> = {
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
};
