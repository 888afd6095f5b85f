// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closedMap, type SchemaNode, strings } from './schema-node.ts';

/** Key `secureboot` of a spec. */
export const secureboot: SchemaNode = {
  ...closedMap(
    {
      keyset: {
        type: 'string',
        description:
          'A folder that `tskit keys generate` made: its `db.key` signs with `db.crt`, and its `vars.fd` is written beside the image for `tskit run --secure-boot`.',
        pattern: '[^ ]',
        'x-expected': 'the path of a folder with db.key and db.crt',
        'x-default': 'this, or `certificate` with `key` or `command`',
      },
      certificate: {
        type: 'string',
        description: 'X.509 certificate of the signer, in PEM or DER: what the firmware has in its db.',
        pattern: '[^ ]',
        'x-expected': 'the path of a certificate',
        'x-default': 'db.crt of `keyset`',
        'x-also': ['cert'],
      },
      key: {
        type: 'string',
        description: 'Its private key, RSA in PEM without a passphrase.',
        pattern: '[^ ]',
        'x-expected': 'the path of a private key in PEM',
        'x-default': 'db.key of `keyset`',
      },
      command: strings({
        description:
          'A program with its arguments that signs instead of a key: it gets the bytes on standard input and prints RSA PKCS #1 v1.5 over their SHA-256, bare. For tokens (PKCS #11) and cloud KMS. It runs on the build machine, in the folder of the spec.',
        minItems: 1,
        'x-expected': 'a list of a program and its arguments',
        'x-default': 'none',
      }),
    },
    {
      'x-called': 'secureboot',
      description:
        'Signs the unified kernel image of EFI formats, and with its command line the hash of the root, for Secure Boot ([secure-boot.md](secure-boot.md)).',
      'x-expected': 'a map with keyset, or with certificate and one of key and command',
      'x-linuxkit': 'LinuxKit signs nothing.',
    },
  ),
  type: ['object', 'null'],
  'x-default': 'nothing is signed',
};
