// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import type { LockedPackage } from '../lock.ts';
import { packageUrlReference, type SpdxDocument, unsaid } from '../sbom/spdx.ts';
import { utcTime } from '../utc-time.ts';
import type { Toolchain } from './toolchain.ts';

/** What a kernel's bill of materials is made of. */
export interface KernelMaterials {
  readonly release: string;
  readonly source: LockedPackage;
  readonly toolchain: Toolchain;
  /** SHA-256 in hex of the finished configuration. */
  readonly configHash: string;
  readonly epoch: number;
}

/** The bill as SPDX 2.3 JSON: the kernel, the Debian package that it was generated from, and the compiler. Nothing in it is random. */
export function kernelSbom({ release, source, toolchain, configHash, epoch }: KernelMaterials): string {
  const identity = createHash('sha256')
    .update(JSON.stringify([release, source.sha256, toolchain.compiler, toolchain.linker, configHash]))
    .digest('hex');
  const purl = `pkg:deb/debian/${source.name}@${encodeURIComponent(source.version)}?arch=${source.architecture}`;
  const document: SpdxDocument = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `linux-${release}`,
    documentNamespace: `https://tskit.invalid/spdx/kernel/${identity}`,
    creationInfo: { created: utcTime(epoch), creators: ['Tool: tskit'] },
    packages: [
      {
        SPDXID: 'SPDXRef-kernel',
        name: 'linux',
        versionInfo: release,
        ...unsaid,
        licenseDeclared: 'GPL-2.0-only WITH Linux-syscall-note',
        comment: `SHA-256 of the configuration: ${configHash}`,
        primaryPackagePurpose: 'OPERATING-SYSTEM',
      },
      {
        SPDXID: 'SPDXRef-source',
        name: source.name,
        versionInfo: source.version,
        supplier: 'Organization: Debian',
        ...unsaid,
        checksums: [{ algorithm: 'SHA256', checksumValue: source.sha256 }],
        externalRefs: [packageUrlReference(purl)],
        primaryPackagePurpose: 'SOURCE',
      },
      {
        SPDXID: 'SPDXRef-compiler',
        name: 'gcc',
        versionInfo: `${toolchain.compiler}; ${toolchain.linker}`,
        ...unsaid,
        primaryPackagePurpose: 'APPLICATION',
      },
    ],
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-kernel' },
      { spdxElementId: 'SPDXRef-kernel', relationshipType: 'GENERATED_FROM', relatedSpdxElement: 'SPDXRef-source' },
      { spdxElementId: 'SPDXRef-compiler', relationshipType: 'BUILD_TOOL_OF', relatedSpdxElement: 'SPDXRef-kernel' },
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
