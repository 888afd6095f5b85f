// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TskitError } from '../errors.ts';
import { type Mirrors, parseMirrors } from '../oci/registry/mirrors.ts';
import { errnoOf } from '../oci/store-error.ts';
import type { Invocation, Option } from './command.ts';

/** How registries are reached. */
export const registryOptions: Readonly<Record<string, Option>> = {
  'plain-http': {
    value: 'HOST[:PORT]',
    multiple: true,
    help: 'registry that is spoken to without TLS (loopback always may be)',
  },
  mirror: {
    value: '[REGISTRY=]URL',
    multiple: true,
    help: 'registry that is asked instead of REGISTRY, or of all others; also $TSKIT_MIRROR, a list',
  },
  'cert-file': { value: 'FILE', multiple: true, help: 'certificates of authorities to trust as well, PEM' },
};

/** $LINUXKIT_MIRROR, $TSKIT_MIRROR and --mirror; a later one counts where they name the same registry. */
export function mirrorsOf(invocation: Invocation): Mirrors {
  const listed = ['LINUXKIT_MIRROR', 'TSKIT_MIRROR'].map((name) => {
    const texts = (invocation.env[name] ?? '').split(/[\s,]+/).filter((text) => text !== '');
    return parseMirrors(texts, name);
  });
  return new Map([...listed, parseMirrors(invocation.many('mirror'), '--mirror')].flatMap((mirrors) => [...mirrors]));
}

/** The texts of --cert-file's files. Throws `usage` for one that has no certificate. */
export function authoritiesOf(invocation: Invocation): readonly string[] {
  return invocation.many('cert-file').map((file) => {
    try {
      const text = readFileSync(file, 'utf8');
      // Checked here, since TLS passes over what it cannot read.
      for (const certificate of text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? ['']) {
        void new X509Certificate(certificate);
      }
      return text;
    } catch (error) {
      const code = errnoOf(error) ?? '';
      const found = code.startsWith('ERR_') || code === '' ? 'none that can be read' : code;
      throw new TskitError('usage', `--cert-file "${file}": expected certificates in PEM, found ${found}`, {
        cause: error,
      });
    }
  });
}
