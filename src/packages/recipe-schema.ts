// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, type SchemaNode } from '../spec/schema-node.ts';

/** Debian Policy 5.6.7, and `${arch}` for Debian's name of the architecture. */
const name = '[a-z0-9](?:[a-z0-9.+-]|\\$\\{arch\\})*(?:[a-z0-9.+]|\\$\\{arch\\})';
/** Debian Policy 5.6.12. */
const version = '[0-9A-Za-z.+:~-]+';

const packageName: SchemaNode = {
  type: 'string',
  pattern: `^${name}$`,
  'x-expected': 'the name of a Debian package, such as "busybox"',
};

/** Absolute, and nothing that would lead elsewhere. */
const path: SchemaNode = {
  type: 'string',
  pattern: '^(?:/(?!\\.{1,2}(?:/|$))[^/\\0]+)+$',
  'x-expected': 'an absolute path such as "/etc/nginx"',
};

const glob: SchemaNode = { ...path, 'x-expected': 'an absolute path or glob such as "/boot/vmlinuz-*"' };

const id: SchemaNode = {
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

const optional: SchemaNode = { type: 'boolean', description: 'It may be missing.', 'x-default': 'false' };

const ownership: Readonly<Record<string, SchemaNode>> = {
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

const accountName: SchemaNode = {
  type: 'string',
  pattern: accountPattern,
  'x-expected': 'a name of lower-case letters, digits, "_" and "-"',
};

/** A field of passwd(5). */
const accountField: SchemaNode = {
  type: 'string',
  pattern: '^/[^:\\n]*$',
  'x-expected': 'an absolute path without ":"',
};

function list(items: SchemaNode, rest: SchemaNode & Required<Pick<SchemaNode, 'x-expected'>>): SchemaNode {
  return { type: 'array', items, ...rest };
}

const words = (description: string): SchemaNode => ({
  type: 'array',
  items: { type: 'string' },
  description,
  'x-expected': 'a list of strings',
});

const packages: SchemaNode = list(
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

const replaced: SchemaNode = {
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

const move: SchemaNode = closedMap(
  {
    from: { ...glob, description: 'A path, or a glob that matches one.' },
    to: { ...path, description: 'Its new path.' },
    optional,
  },
  { required: ['from', 'to'], 'x-expected': 'a map with "from" and "to"' },
);

const tar: SchemaNode = closedMap(
  {
    from: { ...glob, description: 'A directory, or a glob that matches one; it is taken away.' },
    to: { ...path, description: 'The tar file.' },
    as: { ...path, description: 'Where the directory goes when the tar is unpacked.', 'x-default': 'its own path' },
  },
  { required: ['from', 'to'], 'x-expected': 'a map with "from" and "to"' },
);

const link: SchemaNode = closedMap(
  {
    path: { ...path, description: 'The link.' },
    in: { ...path, description: 'Folder of several links, whose names are in `names`.' },
    names: words('Names of the links in the folder `in`.'),
    target: { type: 'string', pattern: '^[^\\0]+$', description: 'Where they lead.', 'x-expected': 'a path' },
  },
  { required: ['target'], 'x-expected': 'a map with "path" and "target"' },
);

const file: SchemaNode = closedMap(
  {
    path: { ...path, description: 'The file.' },
    contents: { type: 'string', description: 'Its content.' },
    source: {
      type: 'string',
      pattern: '^(?!\\.{0,2}(?:/|$))[^/\\0]+(?:/(?!\\.{1,2}(?:/|$))[^/\\0]+)*$',
      description: "Path of the content below the recipe's `files` folder.",
      'x-expected': 'a relative path below the folder `files`, such as "dhcp.sh"',
    },
    program: {
      type: 'string',
      pattern: '^[a-z0-9][a-z0-9-]*$',
      description: "One of tskit's own static programs.",
      'x-expected': 'the name of a program such as "sysctl"',
    },
    ...ownership,
  },
  { required: ['path'], 'x-expected': 'a map with "path" and "contents", "source" or "program"' },
);

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

const nameGlob = '^[a-z0-9*?](?:[a-z0-9.+*?-]|\\$\\{arch\\})*$';

const without: SchemaNode = list(
  {
    type: ['string', 'object'],
    pattern: nameGlob,
    properties: {
      name: { type: 'string', pattern: nameGlob, 'x-expected': 'a package name or glob such as "libicu*"' },
      optional,
    },
    required: ['name'],
    additionalProperties: false,
    'x-expected': 'a package name or glob such as "libicu*", or a map with "name" and "optional"',
  },
  { description: 'Dependencies that are left out, with what only they need.', 'x-expected': 'a list of package names' },
);

const pickPattern = `^!?${String(path.pattern).slice(1)}`;

const pick: SchemaNode = list(
  {
    type: ['string', 'object'],
    pattern: pickPattern,
    properties: {
      path: { type: 'string', pattern: pickPattern, 'x-expected': 'an absolute path or glob such as "/usr/lib/**"' },
      optional,
    },
    required: ['path'],
    additionalProperties: false,
    'x-expected': 'a path or glob such as "/usr/lib/**", or "!/usr/share/man", or a map with "path" and "optional"',
  },
  {
    description: 'What stays of the packages.',
    'x-expected': 'a list of paths and globs',
    'x-default': 'everything',
  },
);

const alternative: SchemaNode = closedMap(
  {
    link: { ...path, description: 'What programs use.' },
    target: { ...path, description: 'What it stands for; it must be there.' },
    name: {
      type: 'string',
      pattern: '^[^/\\0]+$',
      description: 'Its name in /etc/alternatives.',
      'x-expected': 'a name without "/"',
      'x-default': 'the last component of `link`',
    },
  },
  { required: ['link', 'target'], 'x-expected': 'a map with "link" and "target"' },
);

const edit: SchemaNode = closedMap(
  {
    path: { ...path, description: "A package's file." },
    from: {
      type: 'string',
      pattern: '[^]',
      description: 'A text in it.',
      'x-expected': 'a text that is in the file once',
    },
    to: { type: 'string', description: 'What takes its place.' },
  },
  { required: ['path', 'from', 'to'], 'x-expected': 'a map with "path", "from" and "to"' },
);

const owner: SchemaNode = closedMap(
  {
    path: { ...glob, description: 'A path or glob.' },
    recursive: { type: 'boolean', description: 'Everything below too.', 'x-default': 'false' },
    ...ownership,
  },
  { required: ['path'], 'x-expected': 'a map with "path", and "mode", "uid" or "gid"' },
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
