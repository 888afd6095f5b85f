// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { KeySource, Rootfs } from '../rootfs.ts';
import { variablesFile } from '../secureboot/key-set.ts';
import type { Spec } from '../spec/types.ts';
import { sourcePath } from './source-path.ts';

/** Who signs, by the `secureboot` of a spec: nothing without one. */
export function signingOf({ secureboot, origin }: Spec): Pick<Rootfs, 'signing'> {
  if (secureboot === undefined) return {};
  const path = (name: string): string => sourcePath(name, origin.folder);
  const { keyset, certificate = '', key = '', command } = secureboot;
  if (keyset !== undefined) {
    const variables = join(path(keyset), variablesFile);
    return {
      signing: {
        certificate: join(path(keyset), 'db.crt'),
        key: { kind: 'file', path: join(path(keyset), 'db.key') },
        ...(existsSync(variables) && { variables }),
      },
    };
  }
  const source: KeySource =
    command === undefined ? { kind: 'file', path: path(key) } : { kind: 'command', command, folder: origin.folder };
  return { signing: { certificate: path(certificate), key: source } };
}
