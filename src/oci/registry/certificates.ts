// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Certificates for one registry beside the ones that Node trusts anyway. */
export interface HostCertificates {
  readonly ca: readonly string[];
  /** Client certificates with their keys, PEM. */
  readonly pairs: readonly { readonly cert: string; readonly key: string }[];
}

/**
 * Reads `certs.d/HOST[:PORT]/` as Docker and Podman do (docker docs "Verify repository client with certificates",
 * containers-certs.d(5)): *.crt are authorities, NAME.cert with NAME.key is a client certificate.
 */
export function readHostCertificates(host: string, env: NodeJS.ProcessEnv): HostCertificates {
  const ca: string[] = [];
  const pairs: { cert: string; key: string }[] = [];
  for (const folder of certificateFolders(host, env)) {
    for (const name of listFolder(folder)) {
      const path = join(folder, name);
      if (name.endsWith('.crt')) {
        ca.push(readFileSync(path, 'utf8'));
      } else if (name.endsWith('.cert')) {
        pairs.push({ cert: readFileSync(path, 'utf8'), key: readFileSync(path.replace(/\.cert$/, '.key'), 'utf8') });
      }
    }
  }
  return { ca, pairs };
}

function certificateFolders(host: string, env: NodeJS.ProcessEnv): readonly string[] {
  return [
    join(env['HOME'] || homedir(), '.config/containers/certs.d', host),
    join('/etc/containers/certs.d', host),
    join('/etc/docker/certs.d', host),
  ];
}

function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}
