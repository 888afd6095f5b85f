// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { SchemaNode } from '../spec/schema-node.ts';
import { list, optional, perhapsOptional } from './recipe-schema-fields.ts';

/** Debian Policy 5.6.7, and `${arch}` for Debian's name of the architecture. */
const name = '[a-z0-9](?:[a-z0-9.+-]|\\$\\{arch\\})*(?:[a-z0-9.+]|\\$\\{arch\\})';
/** Debian Policy 5.6.12. */
const version = '[0-9A-Za-z.+:~-]+';

const packageName: SchemaNode = {
  type: 'string',
  pattern: `^${name}$`,
  'x-expected': 'the name of a Debian package, such as "busybox"',
};

/** The key `packages`. */
export const packages: SchemaNode = list(
  {
    type: ['string', 'object'],
    pattern: `^${name}(?:=${version})?$`,
    properties: {
      follow: { ...packageName, description: 'A metapackage: the one package that it depends on is meant.' },
      any: {
        type: 'array',
        items: packageName,
        minItems: 1,
        description: 'The first of these that the archive has.',
        'x-expected': 'a list of package names',
      },
      name: { ...packageName, description: 'A package that the archive may lack.' },
      optional: { ...optional, description: 'Belongs to "name".' },
    },
    additionalProperties: false,
    'x-expected':
      'a package such as "busybox" or "busybox=1:1.35.0-4", or a map with "follow", "any", or "name" and "optional"',
  },
  { description: 'What apt is asked for.', 'x-default': 'none', 'x-expected': 'a list of Debian packages' },
);

/** The key `replaced`. */
export const replaced: SchemaNode = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    additionalProperties: {
      type: 'string',
      pattern: '.',
      'x-expected': 'what does its work here, or why none is needed',
    },
    'x-expected': 'a map of "preinst", "postinst", "config" or "trigger NAME" to a reason',
  },
  description: 'Maintainer scripts and triggers that are answered for, by package name or glob.',
  'x-expected': 'a map of package names',
};

const nameGlob = '^[a-z0-9*?](?:[a-z0-9.+*?-]|\\$\\{arch\\})*$';

/** The key `without`. */
export const without: SchemaNode = list(
  perhapsOptional(
    'name',
    nameGlob,
    'a package name or glob such as "libicu*"',
    'a package name or glob such as "libicu*"',
  ),
  { description: 'Dependencies that are left out, with what only they need.', 'x-expected': 'a list of package names' },
);
