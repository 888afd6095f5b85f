// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readContent } from '../content.ts';
import type { LockedRecipe } from '../lock.ts';
import { hexOf } from '../oci/digest.ts';
import type { Store } from '../oci/store.ts';
import { sbomReference } from '../oci/sbom-reference.ts';
import { type Descriptor, type Digest, mediaTypes } from '../oci/types.ts';
import { debianPackage } from '../sbom/debian-package.ts';
import { ownProgram } from '../sbom/own-program.ts';
import {
  formatDocument,
  makeDocument,
  noAssertion,
  type SpdxDocument,
  type SpdxPackage,
  spdxId,
  spdxMediaType,
} from '../sbom/spdx.ts';
import type { Deb } from './deb.ts';

/** Type of the artifact that holds an SBOM, and of its one layer. */
export const sbomMediaType: string = spdxMediaType;

/** For artifacts without a configuration of their own (OCI image-spec 1.1, "Guidelines for Artifact Usage"). */
const emptyType = 'application/vnd.oci.empty.v1+json';

/** No copyright file is near that size. */
const copyrightLimit = 8 * 1024 * 1024;

/** An image that was made by a recipe, and what of. */
export interface RecipeImage {
  /** The recipe's. */
  readonly name: string;
  readonly image: Descriptor;
  readonly pins: LockedRecipe;
  /** Packages of which something is in the image, by name. */
  readonly debs: ReadonlyMap<string, Deb>;
  /** tskit's own programs in it, by name. */
  readonly programs: ReadonlyMap<string, Uint8Array>;
}

/** The artifact with the SBOM of an image, when the store has it whole. */
export function sbomOf(store: Store, image: Digest): Descriptor | undefined {
  const manifest = store.lookup(sbomReference(image));
  if (manifest === undefined || !store.hasBlob(manifest)) return undefined;
  const { config, layers } = store.readManifest(manifest.digest);
  return [config, ...layers].every((blob) => store.hasBlob(blob)) ? manifest : undefined;
}

/** The document that such an artifact holds. Throws `store` or `digest`. */
export function readSbom(store: Store, artifact: Descriptor): SpdxDocument | undefined {
  const [layer] = store.readManifest(artifact.digest).layers;
  const bytes = layer === undefined ? undefined : store.readDocument(layer.digest);
  // Written by attachSbom, and its bytes are those of the digest.
  return bytes === undefined ? undefined : (JSON.parse(bytes.toString('utf8')) as SpdxDocument);
}

/**
 * Writes what an image is made of into the store, as an artifact that names the image as its subject, and lets the image's digest
 * lead to it. Throws `store`.
 * @param epoch seconds since 1970.
 */
export async function attachSbom(store: Store, made: RecipeImage, epoch: number): Promise<Descriptor> {
  const document = recipeDocument(made, epoch);
  const bytes = Buffer.from(formatDocument(document));
  const { mediaType, digest, size } = made.image;
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: sbomMediaType,
    config: await store.writeBytes(Buffer.from('{}'), emptyType),
    layers: [await store.writeBytes(bytes, sbomMediaType)],
    subject: { mediaType, digest, size },
    annotations: { 'org.opencontainers.image.created': document.creationInfo.created },
  };
  const artifact = await store.writeJson(manifest, mediaTypes.ociManifest);
  await store.tag(sbomReference(digest), artifact);
  return artifact;
}

function recipeDocument({ name, image, pins, debs, programs }: RecipeImage, epoch: number): SpdxDocument {
  const hashes = new Map(pins.packages.map((pin) => [pin.name, pin.sha256]));
  const { release } = pins;
  const distribution = { id: 'debian', ...(release !== undefined && { release: release.codename }) };
  const described = [...debs].map(([debName, deb]) => {
    const [copyright, sha256] = [copyrightOf(debName, debs), hashes.get(debName)];
    const text = copyright === undefined ? {} : { copyright };
    return debianPackage({ fields: deb.fields, ...text, ...(sha256 !== undefined && { sha256 }) }, distribution);
  });
  const whole: SpdxPackage = {
    SPDXID: spdxId('Image', hexOf(image.digest).slice(0, 16)),
    name: `pkg:${name}`,
    downloadLocation: noAssertion,
    filesAnalyzed: false,
    checksums: [{ algorithm: 'SHA256', checksumValue: hexOf(image.digest) }],
    licenseConcluded: noAssertion,
    licenseDeclared: noAssertion,
    copyrightText: noAssertion,
    primaryPackagePurpose: 'CONTAINER',
  };
  const own = [...programs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([program, data]) => ownProgram(program, data));
  const licences = new Map(described.flatMap((one) => one.licences).map((one) => [one.licenseId, one]));
  return makeDocument(
    {
      name: `pkg:${name}`,
      describes: whole.SPDXID,
      packages: [whole, ...described.map((one) => one.package), ...own],
      files: [],
      licences: [...licences.values()].sort((a, b) => (a.licenseId < b.licenseId ? -1 : 1)),
      contains: [...described.map((one) => one.package), ...own].map((one) => [whole.SPDXID, one.SPDXID] as const),
    },
    epoch,
  );
}

/** Of the package itself, or of the one to which its folder of documentation leads (Debian Policy 12.5). */
function copyrightOf(name: string, debs: ReadonlyMap<string, Deb>): string | undefined {
  const deb = debs.get(name);
  const path = new RegExp(`^(?:\\./)?usr/share/doc/${name.replaceAll(/[.+]/g, '\\$&')}(?:/copyright)?$`);
  for (const { path: own, type, offset, size, linkPath } of deb?.entries ?? []) {
    if (!path.test(own)) continue;
    if (type === 'symlink') {
      const other = linkPath.replace(/\/copyright$/, '').replace(/^.*\//, '');
      return other === name || other === '' ? undefined : copyrightOf(other, debs);
    }
    if (type !== 'file' || deb === undefined) continue;
    return readContent({ kind: 'range', file: deb.dataFile, offset, size }, copyrightLimit).toString('utf8');
  }
  return undefined;
}
