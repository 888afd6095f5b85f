// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../errors.ts';
import { isDigest } from './digest.ts';
import {
  checkOptionalString,
  isObject,
  isStringArray,
  isStringRecord,
  type Json,
  parseObject,
  unexpected,
} from './json-fields.ts';
import { type Descriptor, type Index, type Manifest, mediaTypes, type Platform } from './types.ts';

/** What a reference can name: one image, or a choice of images by platform. */
export type ManifestOrIndex =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly index: Index };

/**
 * Reads a manifest or an index and checks every field that is used later, since the registry may lie.
 * `subject` begins the messages: `manifest of "alpine"`. Throws `manifest`.
 */
export function parseManifestOrIndex(bytes: Uint8Array, subject: string): ManifestOrIndex {
  const document = parseObject(bytes, subject);
  refuseSchema1(document, subject);
  if (document['schemaVersion'] !== 2) {
    throw unexpected(subject, 'schemaVersion', 'the number 2', document['schemaVersion']);
  }
  const mediaType = document['mediaType'];
  if (mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerIndex) {
    return { kind: 'index', index: checkIndex(document, subject) };
  }
  if (mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest) {
    return { kind: 'manifest', manifest: checkManifest(document, subject) };
  }
  if (mediaType !== undefined) {
    throw unexpected(subject, 'mediaType', 'an image manifest or an image index', mediaType);
  }
  // OCI image-spec manifest.md: mediaType "SHOULD" be there; without it the members tell. A document with both is
  // ambiguous on purpose (CVE-2021-41190) and refused.
  const hasManifests = document['manifests'] !== undefined;
  if (hasManifests === (document['layers'] !== undefined || document['config'] !== undefined)) {
    throw unexpected(
      subject,
      'members',
      'either "manifests" or "config" and "layers"',
      Object.keys(document).join(', '),
    );
  }
  return hasManifests
    ? { kind: 'index', index: checkIndex(document, subject) }
    : { kind: 'manifest', manifest: checkManifest(document, subject) };
}

/** The media type of the document itself: its own word, else what its members say. */
export function mediaTypeOf(document: ManifestOrIndex): string {
  return document.kind === 'index'
    ? (document.index.mediaType ?? mediaTypes.ociIndex)
    : (document.manifest.mediaType ?? mediaTypes.ociManifest);
}

/** Reads an index only, such as the index.json of a layout. Throws `manifest`. */
export function parseIndex(bytes: Uint8Array, subject: string): Index {
  const document = parseManifestOrIndex(bytes, subject);
  if (document.kind !== 'index') {
    throw unexpected(subject, 'document', 'an image index', 'an image manifest');
  }
  return document.index;
}

/** Reads one image's manifest only. Throws `manifest`. */
export function parseManifest(bytes: Uint8Array, subject: string): Manifest {
  const document = parseManifestOrIndex(bytes, subject);
  if (document.kind !== 'manifest') {
    throw unexpected(subject, 'document', 'an image manifest', 'an image index');
  }
  return document.manifest;
}

function checkIndex(document: Json, subject: string): Index {
  const manifests = document['manifests'];
  if (!Array.isArray(manifests)) {
    throw unexpected(subject, 'manifests', 'a list', manifests);
  }
  for (const [index, entry] of manifests.entries()) {
    checkDescriptor(entry, `${subject}: manifests[${index}]`);
  }
  return document as unknown as Index;
}

function checkManifest(document: Json, subject: string): Manifest {
  checkDescriptor(document['config'], `${subject}: config`);
  const layers = document['layers'];
  if (!Array.isArray(layers)) {
    throw unexpected(subject, 'layers', 'a list', layers);
  }
  for (const [index, layer] of layers.entries()) {
    checkDescriptor(layer, `${subject}: layers[${index}]`);
  }
  return document as unknown as Manifest;
}

function checkDescriptor(value: unknown, subject: string): asserts value is Descriptor {
  if (!isObject(value)) {
    throw unexpected(subject, 'descriptor', 'an object', value);
  }
  if (typeof value['mediaType'] !== 'string') {
    throw unexpected(subject, 'mediaType', 'a string', value['mediaType']);
  }
  if (!isDigest(value['digest'])) {
    throw unexpected(subject, 'digest', 'sha256: and 64 hex digits', value['digest']);
  }
  if (!Number.isSafeInteger(value['size']) || (value['size'] as number) < 0) {
    throw unexpected(subject, 'size', 'a number of bytes', value['size']);
  }
  if (value['urls'] !== undefined && !isStringArray(value['urls'])) {
    throw unexpected(subject, 'urls', 'a list of strings', value['urls']);
  }
  if (value['platform'] !== undefined) {
    checkPlatform(value['platform'], subject);
  }
  const annotations = value['annotations'];
  if (annotations !== undefined && annotations !== null && !isStringRecord(annotations)) {
    throw unexpected(subject, 'annotations', 'strings by name', annotations);
  }
}

function checkPlatform(value: unknown, subject: string): asserts value is Platform {
  if (!isObject(value) || typeof value['os'] !== 'string' || typeof value['architecture'] !== 'string') {
    throw unexpected(subject, 'platform', 'an object with "os" and "architecture"', value);
  }
  checkOptionalString(value, 'variant', `${subject}: platform`);
}

function refuseSchema1(document: Json, subject: string): void {
  if (document['schemaVersion'] === 1) {
    throw new TskitError('manifest', `${subject}: expected schema version 2, found Docker's schema 1 of before 2016`, {
      hint: 'push the image again with a current tool, for example `skopeo copy --format oci docker://OLD docker://NEW`',
    });
  }
}
