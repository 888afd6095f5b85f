// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ContentReader } from '../content.ts';
import type { BuildContext } from '../context.ts';
import { type Bytes, bytesOf, type Content, contentSize, textOf } from '../file-tree.ts';
import { readRoot } from '../explain/whole-tree.ts';
import type { FlattenedImage, FlattenedSpec } from '../flatten.ts';
import { hexOf } from '../oci/digest.ts';
import { throwIfInterrupted } from '../oci/interruption.ts';
import { parseReference } from '../oci/reference.ts';
import { openStore, type Store } from '../oci/store.ts';
import type { Digest } from '../oci/types.ts';
import { readSbom, sbomOf } from '../packages/attach-sbom.ts';
import type { Rootfs } from '../rootfs.ts';
import { embeddedPackages, embeddedSbom } from './embedded.ts';
import { type DescribedPackages, describeInstalled } from './installed-packages.ts';
import { ownProgram } from './own-program.ts';
import {
  makeDocument,
  noAssertion,
  packageUrlReference,
  type SpdxDocument,
  type SpdxFile,
  type SpdxPackage,
  spdxId,
  unsaid,
} from './spdx.ts';

const chunkSize = 1024 * 1024;
const systemId = 'SPDXRef-System';

/**
 * One document for a whole system: the kernel's image, init images, containers and volumes with the packages in each, the spec's files,
 * and tskit's own init. Images of recipes say themselves what is in them; of others it is what their package databases say, for which
 * they are flattened. Throws what loading trees throws.
 * @param created seconds since 1970.
 */
export async function systemDocument(
  name: string,
  flattened: FlattenedSpec,
  rootfs: Rootfs,
  created: number,
  ctx: BuildContext,
): Promise<SpdxDocument> {
  const store = await openStore(ctx.cache, ctx.signal);
  const roles = rolesOf(flattened);
  const images = new Map<Digest, FlattenedImage>(
    [...flattened.images.values()].reverse().map((one) => [one.digest, one]),
  );
  const packages = new Map<string, SpdxPackage>();
  const licences = new Map<string, DescribedPackages['licences'][number]>();
  const contains: (readonly [string, string])[] = [];
  const add = (whole: string, part: SpdxPackage): void => {
    if (!packages.has(part.SPDXID)) packages.set(part.SPDXID, part);
    contains.push([whole, part.SPDXID]);
  };
  packages.set(systemId, systemPackage(name));
  for (const image of [...images.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1))) {
    const described = imagePackage(image, roles.get(image.digest) ?? []);
    add(systemId, described);
    const inside = await packagesOf(image, store);
    for (const part of inside.packages) add(described.SPDXID, part);
    for (const licence of inside.licences) licences.set(licence.licenseId, licence);
  }
  if (rootfs.init !== undefined) add(systemId, await initPackage(rootfs.init));
  const files = await specFiles(rootfs, ctx);
  return makeDocument(
    {
      name,
      describes: systemId,
      packages: [...packages.values()],
      files,
      licences: [...licences.values()].sort((a, b) => (a.licenseId < b.licenseId ? -1 : 1)),
      contains: [...contains, ...files.map((file) => [systemId, file.SPDXID] as const)],
    },
    created,
  );
}

function systemPackage(name: string): SpdxPackage {
  return { ...unsaid, SPDXID: systemId, name, primaryPackagePurpose: 'OPERATING-SYSTEM' };
}

/** Where the spec has each image: "kernel", "init[0]", "services[1] web". */
function rolesOf({ spec, images }: FlattenedSpec): ReadonlyMap<Digest, readonly string[]> {
  const containers = (['onboot', 'onshutdown', 'services'] as const).flatMap((section) =>
    spec[section].map(({ image, name }, index) => [image, `${section}[${index}] ${name}`] as const),
  );
  const volumes = spec.volumes.flatMap(({ image, name }) =>
    image === undefined ? [] : [[image, `volume ${name}`] as const],
  );
  const all: readonly (readonly [string, string])[] = [
    ...(spec.kernel === undefined ? [] : [[spec.kernel.image, 'kernel'] as const]),
    ...spec.init.map((image, index) => [image, `init[${index}]`] as const),
    ...containers,
    ...volumes,
  ];
  const roles = new Map<Digest, string[]>();
  for (const [reference, role] of all) {
    const digest = images.get(reference)?.digest;
    if (digest !== undefined) roles.set(digest, [...(roles.get(digest) ?? []), role]);
  }
  return roles;
}

function imagePackage({ reference, digest, config }: FlattenedImage, roles: readonly string[]): SpdxPackage {
  const parsed = parseReference(reference);
  const name = parsed.kind === 'registry' ? parsed.repository.replace(/^.*\//, '') : undefined;
  const url =
    parsed.kind === 'registry' &&
    `pkg:oci/${name}@${encodeURIComponent(digest)}?arch=${config.architecture}&repository_url=${parsed.registry}/${parsed.repository}`;
  return {
    ...unsaid,
    SPDXID: spdxId('Image', hexOf(digest).slice(0, 16)),
    name: reference,
    checksums: [{ algorithm: 'SHA256', checksumValue: hexOf(digest) }],
    ...(roles.length > 0 && { comment: roles.join(', ') }),
    ...(url !== false && { externalRefs: [packageUrlReference(url)] }),
    primaryPackagePurpose: 'CONTAINER',
  };
}

async function packagesOf(image: FlattenedImage, store: Store): Promise<DescribedPackages> {
  const artifact = sbomOf(store, image.digest);
  const document = artifact && readSbom(store, artifact);
  if (document !== undefined) {
    // Its first package is the image.
    return { packages: document.packages.slice(1), licences: document.hasExtractedLicensingInfos ?? [] };
  }
  const root = readRoot(await image.tree.load(), '' as Bytes);
  const { packages, licences } = describeInstalled(root);
  const own = embeddedPackages(root.text(bytesOf(embeddedSbom)) ?? '', `Image-${hexOf(image.digest).slice(0, 16)}`);
  return { packages: [...packages, ...own], licences };
}

async function initPackage(init: NonNullable<Rootfs['init']>): Promise<SpdxPackage> {
  const inode = (await init.load()).get(bytesOf('init'));
  using reader = new ContentReader();
  const content: Content = inode?.type === 'file' ? inode.content : { kind: 'inline', data: new Uint8Array() };
  return ownProgram('init', reader.part(content, 0, contentSize(content)));
}

/** Regular files that entries of `files` put into the root. */
async function specFiles(rootfs: Rootfs, ctx: BuildContext): Promise<readonly SpdxFile[]> {
  const found = new Map<Bytes, Content>();
  for (const { prefix, tree } of rootfs.trees) {
    if (prefix !== '') continue;
    for (const [path, inode] of await tree.load()) {
      if (inode.type !== 'file' || inode.from?.kind !== 'spec' || !inode.from.entry.startsWith('files[')) continue;
      found.set(path, inode.content);
    }
  }
  const files: SpdxFile[] = [];
  for (const [path, content] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const fileName = `./${textOf(path)}`;
    files.push({
      SPDXID: spdxId('File', fileName),
      fileName,
      checksums: await checksumsOf(content, ctx),
      licenseConcluded: noAssertion,
      copyrightText: noAssertion,
    });
  }
  return files;
}

/** SPDX asks for SHA-1 of every file (8.4); who trusts has SHA-256. */
async function checksumsOf(content: Content, { signal }: BuildContext): Promise<SpdxFile['checksums']> {
  const [sha1, sha256] = [createHash('sha1'), createHash('sha256')];
  using reader = new ContentReader();
  const size = contentSize(content);
  for (let at = 0; at < size; at += chunkSize) {
    throwIfInterrupted(signal);
    const chunk = reader.part(content, at, Math.min(chunkSize, size - at));
    sha1.update(chunk);
    sha256.update(chunk);
    await nextTurn();
  }
  return [
    { algorithm: 'SHA1', checksumValue: sha1.digest('hex') },
    { algorithm: 'SHA256', checksumValue: sha256.digest('hex') },
  ];
}
