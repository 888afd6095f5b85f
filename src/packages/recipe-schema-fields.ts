// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { SchemaNode } from '../spec/schema-node.ts';

/** Absolute, and nothing that would lead elsewhere. */
export const path: SchemaNode = {
  type: 'string',
  pattern: '^(?:/(?!\\.{1,2}(?:/|$))[^/\\0]+)+$',
  'x-expected': 'an absolute path such as "/etc/nginx"',
};

/** What matches one such path or several. */
export const glob: SchemaNode = { ...path, 'x-expected': 'an absolute path or glob such as "/boot/vmlinuz-*"' };

/** A uid or gid (0xffffffff means none to the kernel). */
export const id: SchemaNode = {
  type: 'integer',
  minimum: 0,
  maximum: 4294967294,
  'x-expected': 'a number from 0 to 4294967294',
};

const accountPattern = '^[a-z_][a-z0-9_-]*$';

/** An id, or a name that the image's passwd or group has. */
const account: SchemaNode = {
  ...id,
  type: ['integer', 'string'],
  pattern: accountPattern,
  'x-expected': "a number from 0 to 4294967294, or a name of the image's users or groups",
};

/** The key `optional`. */
export const optional: SchemaNode = { type: 'boolean', description: 'It may be missing.', 'x-default': 'false' };

/** A word of this pattern, or a map with it under `key` and `optional`. */
export function perhapsOptional(key: string, pattern: string, word: string, either: string): SchemaNode {
  return {
    type: ['string', 'object'],
    pattern,
    properties: { [key]: { type: 'string', pattern, 'x-expected': word }, optional },
    required: [key],
    additionalProperties: false,
    'x-expected': `${either}, or a map with "${key}" and "optional"`,
  };
}

/** The keys `mode`, `uid` and `gid`. */
export const ownership: Readonly<Record<string, SchemaNode>> = {
  mode: {
    type: 'string',
    pattern: '^[0-7]{3,4}$',
    description: 'Permission bits in octal digits.',
    'x-expected': 'octal digits in quotes, such as "0755"',
    'x-default': '"0755" for directories and programs, "0644" for files',
  },
  uid: { ...account, description: 'Owner.', 'x-default': '0' },
  gid: { ...account, description: 'Group.', 'x-default': '0' },
};

/** A name of a user or group. */
export const accountName: SchemaNode = {
  type: 'string',
  pattern: accountPattern,
  'x-expected': 'a name of lower-case letters, digits, "_" and "-"',
};

/** A field of passwd(5). */
export const accountField: SchemaNode = {
  type: 'string',
  pattern: '^/[^:\\n]*$',
  'x-expected': 'an absolute path without ":"',
};

/** A list whose description and expectation are in `rest`. */
export function list(items: SchemaNode, rest: SchemaNode & Required<Pick<SchemaNode, 'x-expected'>>): SchemaNode {
  return { type: 'array', items, ...rest };
}

/** A list of strings. */
export const words = (description: string): SchemaNode => ({
  type: 'array',
  items: { type: 'string' },
  description,
  'x-expected': 'a list of strings',
});
