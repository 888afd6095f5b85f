// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, type SchemaNode } from '../spec/schema-node.ts';
import { accountField, accountName, id, list, ownership, path, words } from './recipe-schema-fields.ts';
import { packages, replaced, without } from './recipe-schema-packages.ts';
import { alternative, edit, file, link, move, owner, pick, tar } from './recipe-schema-steps.ts';

const config: SchemaNode = closedMap(
  {
    entrypoint: words('Command and its fixed arguments.'),
    cmd: words('Default arguments.'),
    env: words('NAME=VALUE.'),
    workdir: { ...path, description: 'Working directory.' },
    user: { type: 'string', description: 'User, or USER:GROUP.' },
    stopsignal: {
      type: 'string',
      pattern: '^SIG[A-Z0-9+-]+$',
      description: 'How to stop it.',
      'x-expected': 'a signal such as "SIGTERM"',
    },
    labels: {
      type: 'object',
      additionalProperties: { type: ['string', 'object'], 'x-expected': 'a string, or a map that is written as JSON' },
      description: 'Labels of the image; a map is written as JSON (org.mobyproject.config).',
      'x-expected': 'a map of strings',
    },
  },
  { description: 'The image config.', 'x-expected': 'a map' },
);

/** Every key of a recipe.yml: what validates it, and what its messages are made from. */
export const recipeSchema: SchemaNode = closedMap(
  {
    packages,
    only: { type: 'boolean', description: 'Take the packages without what they depend on.', 'x-default': 'false' },
    without,
    replaced,
    pick,
    libraries: {
      type: 'boolean',
      description: 'What `pick` names keeps the libraries that it is linked with.',
      'x-default': 'false',
    },
    move: list(move, {
      description: 'Paths that get another place.',
      'x-expected': 'a list of maps with "from" and "to"',
    }),
    tar: list(tar, {
      description: 'Directories that are packed as a tar file.',
      'x-expected': 'a list of maps with "from" and "to"',
    }),
    dirs: list(closedMap({ path, ...ownership }, { required: ['path'], 'x-expected': 'a map with "path"' }), {
      description: 'Directories that are made, or get another mode or owner.',
      'x-expected': 'a list of maps with "path"',
    }),
    alternatives: list(alternative, {
      description: 'Links that update-alternatives would make.',
      'x-expected': 'a list of maps with "link" and "target"',
    }),
    links: list(link, { description: 'Symbolic links.', 'x-expected': 'a list of maps with "path" and "target"' }),
    files: list(file, {
      description: 'Files.',
      'x-expected': 'a list of maps with "path" and "contents", "source" or "program"',
    }),
    edit: list(edit, {
      description: 'Texts in files of packages that are replaced.',
      'x-expected': 'a list of maps with "path", "from" and "to"',
    }),
    owners: list(owner, {
      description: 'Modes and owners of what packages brought.',
      'x-expected': 'a list of maps with "path"',
    }),
    groups: list(
      closedMap(
        { name: accountName, gid: id, members: list(accountName, { 'x-expected': 'a list of user names' }) },
        { required: ['name', 'gid'], 'x-expected': 'a map with "name" and "gid"' },
      ),
      { description: 'Lines of /etc/group.', 'x-expected': 'a list of maps with "name" and "gid"' },
    ),
    users: list(
      closedMap(
        {
          name: accountName,
          uid: id,
          gid: id,
          home: accountField,
          shell: accountField,
          password: {
            type: 'string',
            pattern: '^[^:\\n]*$',
            description: 'Hash for /etc/shadow; empty for none.',
            'x-expected': 'a hash as crypt(5) has it, such as `openssl passwd -6` prints, or an empty string',
          },
        },
        { required: ['name', 'uid', 'gid'], 'x-expected': 'a map with "name", "uid" and "gid"' },
      ),
      { description: 'Lines of /etc/passwd.', 'x-expected': 'a list of maps with "name", "uid" and "gid"' },
    ),
    certificates: {
      type: 'string',
      enum: ['bundle', 'directory'],
      description: 'What is made of the certificates of authorities.',
      'x-expected': '"bundle" or "directory"',
    },
    config,
    kernel: closedMap(
      {
        series: {
          type: 'string',
          pattern: '^[0-9]+\\.[0-9]+$',
          description: "Series of Debian's kernel source, the package linux-source-SERIES.",
          'x-expected': 'a series of kernels in quotes, such as "6.12"',
        },
        fragments: list(
          {
            type: 'string',
            pattern: '^[^\\0]+$',
            'x-expected': 'a shipped fragment such as "base", or a file such as "./my.config" in the folder "files"',
          },
          {
            description: 'Configuration, each on top of those before.',
            minItems: 1,
            'x-expected': 'a list of fragments',
          },
        ),
      },
      {
        required: ['series', 'fragments'],
        description: 'A kernel that is compiled, in place of packages.',
        'x-expected': 'a map with "series" and "fragments"',
      },
    ),
  },
  { title: 'tskit recipe', 'x-expected': 'a map' },
);
