// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, type SchemaNode } from '../spec/schema-node.ts';
import { glob, list, optional, ownership, path, perhapsOptional, words } from './recipe-schema-fields.ts';

/** An entry of `move`. */
export const move: SchemaNode = closedMap(
  {
    from: { ...glob, description: 'A path, or a glob that matches one.' },
    to: { ...path, description: 'Its new path.' },
    optional,
  },
  { required: ['from', 'to'], 'x-expected': 'a map with "from" and "to"' },
);

/** An entry of `tar`. */
export const tar: SchemaNode = closedMap(
  {
    from: { ...glob, description: 'A directory, or a glob that matches one; it is taken away.' },
    to: { ...path, description: 'The tar file.' },
    as: { ...path, description: 'Where the directory goes when the tar is unpacked.', 'x-default': 'its own path' },
  },
  { required: ['from', 'to'], 'x-expected': 'a map with "from" and "to"' },
);

/** An entry of `links`. */
export const link: SchemaNode = closedMap(
  {
    path: { ...path, description: 'The link.' },
    in: { ...path, description: 'Folder of several links, whose names are in `names`.' },
    names: words('Names of the links in the folder `in`.'),
    target: { type: 'string', pattern: '^[^\\0]+$', description: 'Where they lead.', 'x-expected': 'a path' },
  },
  { required: ['target'], 'x-expected': 'a map with "path" and "target"' },
);

/** An entry of `files`. */
export const file: SchemaNode = closedMap(
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

const pickPattern = `^!?${String(path.pattern).slice(1)}`;

/** The key `pick`. */
export const pick: SchemaNode = list(
  perhapsOptional(
    'path',
    pickPattern,
    'an absolute path or glob such as "/usr/lib/**"',
    'a path or glob such as "/usr/lib/**", or "!/usr/share/man"',
  ),
  {
    description: 'What stays of the packages.',
    'x-expected': 'a list of paths and globs',
    'x-default': 'everything',
  },
);

/** An entry of `alternatives`. */
export const alternative: SchemaNode = closedMap(
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

/** An entry of `edit`. */
export const edit: SchemaNode = closedMap(
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

/** An entry of `owners`. */
export const owner: SchemaNode = closedMap(
  {
    path: { ...glob, description: 'A path or glob.' },
    recursive: { type: 'boolean', description: 'Everything below too.', 'x-default': 'false' },
    ...ownership,
  },
  { required: ['path'], 'x-expected': 'a map with "path", and "mode", "uid" or "gid"' },
);
