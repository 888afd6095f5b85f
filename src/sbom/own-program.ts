// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { version } from '../version.ts';
import { noAssertion, type SpdxPackage, spdxId } from './spdx.ts';

/** Describes one of tskit's own binaries: PID 1, or a program of a system image. */
export function ownProgram(name: string, data: Uint8Array): SpdxPackage {
  const sha256 = createHash('sha256').update(data).digest('hex');
  return {
    SPDXID: spdxId('Package', 'tskit', name, sha256.slice(0, 16)),
    name: `tskit-${name}`,
    versionInfo: version,
    supplier: 'Organization: tskit contributors',
    downloadLocation: noAssertion,
    filesAnalyzed: false,
    checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }],
    licenseConcluded: noAssertion,
    licenseDeclared: 'Apache-2.0',
    copyrightText: noAssertion,
    primaryPackagePurpose: 'APPLICATION',
  };
}
