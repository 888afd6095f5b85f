// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, type SchemaNode } from '../spec/schema-node.ts';

function mapOf(values: SchemaNode, expected: string): SchemaNode {
  return { type: 'object', additionalProperties: values, 'x-expected': expected };
}

const digest: SchemaNode = {
  type: 'string',
  pattern: '^sha256:[0-9a-f]{64}$',
  'x-expected': 'a digest, sha256: and 64 hex digits',
};

const lockedPackage: SchemaNode = closedMap(
  {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9.+-]+$', 'x-expected': 'the name of a Debian package' },
    version: { type: 'string', pattern: '^[0-9A-Za-z.+:~-]+$', 'x-expected': 'a version of a Debian package' },
    architecture: { type: 'string', pattern: '^[a-z0-9-]+$', 'x-expected': 'an architecture such as "amd64"' },
    sha256: { type: 'string', pattern: '^[0-9a-f]{64}$', 'x-expected': '64 hex digits' },
    size: { type: 'integer', minimum: 0, 'x-expected': 'a number of bytes' },
  },
  { required: ['name', 'version', 'architecture', 'sha256', 'size'], 'x-expected': 'a package' },
);

const recipe: SchemaNode = closedMap(
  {
    request: { type: 'array', items: { type: 'string' }, 'x-expected': 'a list of strings' },
    release: closedMap(
      {
        codename: { type: 'string', pattern: '^[a-z]+$', 'x-expected': 'a codename such as "bookworm"' },
        version: { type: 'string', pattern: '^[0-9]+$', 'x-expected': 'a version such as "12"' },
      },
      { required: ['codename'], 'x-expected': 'a map with "codename"' },
    ),
    packages: { type: 'array', items: lockedPackage, 'x-expected': 'a list of packages' },
  },
  { required: ['request', 'packages'], 'x-expected': 'the packages of a recipe' },
);

/** What tskit.lock looks like; the types are in ../lock.ts. */
export const lockSchema: SchemaNode = closedMap(
  {
    version: { type: 'integer', minimum: 1, maximum: 1, 'x-expected': '1, the version that this tskit reads' },
    images: mapOf(mapOf(digest, 'digests by platform'), 'images by reference'),
    recipes: mapOf(mapOf(recipe, 'packages by platform'), 'recipes by reference'),
  },
  { title: 'tskit.lock', required: ['version', 'images', 'recipes'], 'x-expected': 'a map' },
);
