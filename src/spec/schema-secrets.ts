// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, ref, type SchemaNode } from './schema-node.ts';

/** Name of a secret; of its file too. */
export const secretNameShape: RegExp = /^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}$/;

const name: SchemaNode = {
  pattern: secretNameShape.source,
  'x-expected':
    'the name of a secret such as "token": letters, digits, "_", ".", "+" and "-" after a letter, a digit or "_"',
};

const owner: SchemaNode = {
  type: 'integer',
  minimum: 0,
  maximum: 4_294_967_294,
  'x-expected': 'a number from 0 to 4294967294',
  'x-default': '0',
};

const secretUse: SchemaNode = {
  ...closedMap(
    {
      source: { type: 'string', ...name, description: 'Name of the secret in the `secrets` of the spec.' },
      target: {
        type: 'string',
        description: 'Where the container finds it: an absolute path, or one below /run/secrets.',
        pattern: '^/?[A-Za-z0-9_.+@-]+(/[A-Za-z0-9_.+@-]+)*$',
        'x-expected': 'a path such as "/etc/app/token" or "token"',
        'x-default': 'the name of the secret, in /run/secrets',
        'x-also': ['path', 'destination'],
      },
      uid: { ...owner, description: 'Owner of the file.' },
      gid: { ...owner, description: 'Group of the file.' },
      mode: ref('mode', { 'x-default': '"0444": no other container has the file' }),
    },
    { 'x-expected': 'the name of a secret such as "token", or a map with source, target, uid, gid and mode' },
  ),
  type: ['string', 'object'],
  pattern: name.pattern ?? '',
  required: ['source'],
  'x-called': 'an entry of secrets',
  description: 'A secret that a container finds, by its name or as a map.',
};

/** Definition `secret`: a value of the `secrets` of a spec. */
const secret: SchemaNode = closedMap(
  {
    fw_cfg: {
      type: 'string',
      description:
        'Name of a file that the machine brings (QEMU: -fw_cfg name=opt/org.example/token,file=FILE); at most 55 characters.',
      pattern: '^opt(/[A-Za-z0-9_+-][A-Za-z0-9_.+-]{0,50})+$',
      'x-expected': 'a name such as "opt/org.example/token"',
      'x-default': 'this or `file`',
      'x-also': ['fwcfg', 'fw-cfg', 'qemu'],
    },
    file: {
      type: 'string',
      description:
        'Path of a file of the booted system, which an onboot entry may have fetched. Not of the build machine: a secret is no part of an image.',
      pattern: '^/.*[^/]$',
      'x-expected': 'the absolute path of a file in the booted system',
      'x-default': 'this or `fw_cfg`',
      'x-also': ['path', 'source'],
    },
  },
  {
    'x-called': 'a secret',
    description: 'Where a secret comes from: exactly one of `fw_cfg` and `file`.',
    'x-expected': 'a map with fw_cfg or file',
  },
);

/** Key `secrets` of a container. */
const secrets: SchemaNode = {
  type: 'array',
  items: ref('secretUse'),
  description:
    'Secrets that the container finds as files, read-only and in memory that is never swapped out ([logging.md](logging.md#secrets)): names of `secrets` of the spec, or maps.',
  'x-expected': 'a list of names of secrets and of maps with source, target, uid, gid and mode',
  'x-default': "the label's, else none",
  'x-linuxkit': 'LinuxKit has no such key.',
};

/** The `secrets` of a spec, by name. */
export const secretSources: SchemaNode = {
  type: ['object', 'null'],
  additionalProperties: ref('secret'),
  description: 'Where the secrets come from that containers name, by their names.',
  'x-expected': 'a map from names of secrets to maps with fw_cfg or file',
  'x-default': 'none',
  'x-linuxkit': 'LinuxKit has no secrets.',
};

/** Definitions that sections, the label and the spec refer to. */
export const secretDefinitions: Readonly<Record<string, SchemaNode>> = { secrets, secretUse, secret };
