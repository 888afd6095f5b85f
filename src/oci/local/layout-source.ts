// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../../errors.ts';
import { digestOf, hexOf } from '../digest.ts';
import { type FileRange, type ImageFiles, readRange, streamRange } from './image-files.ts';
import type { BlobStream, ImageDocument, ImageSource } from '../image-source.ts';
import { refNameAnnotation } from '../layout.ts';
import { mediaTypeOf, parseIndex, parseManifestOrIndex } from '../manifest.ts';
import { platformDistance } from '../platform.ts';
import { formatReference, parseReference } from '../reference.ts';
import type { Descriptor, Digest, Platform } from '../types.ts';

/** containerd and BuildKit write the whole reference here and only the tag into ref.name. */
const imageNameAnnotation = 'io.containerd.image.name';

/** An image of an OCI layout, which is a folder or a tar of one (OCI image-spec image-layout.md). */
export class LayoutSource implements ImageSource {
  readonly kind: 'layout' | 'archive';
  readonly #files: ImageFiles;
  readonly #tag: string | undefined;

  constructor(files: ImageFiles, tag: string | undefined) {
    this.kind = files.kind;
    this.#files = files;
    this.#tag = tag;
  }

  async named(platform: Platform): Promise<ImageDocument> {
    const subject = `index.json of "${this.#files.path}"`;
    const range = this.#files.locate('index.json');
    if (range === undefined || this.#files.locate('oci-layout') === undefined) {
      throw new TskitError('not-found', `opening "${this.#files.path}": expected an OCI layout, found no index.json`, {
        hint: 'what `docker save` writes is docker-archive:FILE; a layout is what `skopeo copy … oci:DIR` writes',
      });
    }
    const entries = parseIndex(readRange(range, subject), subject).manifests;
    const entry = chooseEntry(entries, this.#tag, platform, this.#files.path);
    const bytes = await this.document(entry);
    const mediaType = mediaTypeOf(parseManifestOrIndex(bytes, `manifest ${entry.digest}`));
    return { descriptor: { mediaType, digest: entry.digest, size: entry.size }, bytes };
  }

  async document(descriptor: Descriptor): Promise<Uint8Array> {
    const bytes = readRange(this.#locate(descriptor), `manifest ${descriptor.digest}`);
    const found = digestOf(bytes);
    if (found !== descriptor.digest) {
      throw new TskitError('digest', `"${this.#files.path}": expected ${descriptor.digest}, found ${found}`, {
        hint: 'the layout is damaged; make it again',
      });
    }
    return bytes;
  }

  async blob(descriptor: Descriptor, offset: number): Promise<BlobStream> {
    return { start: offset, chunks: streamRange(this.#locate(descriptor), offset) };
  }

  #locate(descriptor: Descriptor): FileRange {
    const range = this.#files.locate(blobName(descriptor.digest));
    if (range === undefined) {
      throw new TskitError('manifest', `"${this.#files.path}": expected blob ${descriptor.digest}, found none`, {
        hint: 'the layout is not complete; make it again',
      });
    }
    if (range.size !== descriptor.size) {
      throw new TskitError(
        'size',
        `"${this.#files.path}": blob ${descriptor.digest}: expected ${descriptor.size} bytes, found ${range.size}`,
        { hint: 'the layout is damaged; make it again' },
      );
    }
    return range;
  }
}

function blobName(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

function chooseEntry(
  entries: readonly Descriptor[],
  tag: string | undefined,
  platform: Platform,
  path: string,
): Descriptor {
  const named = tag === undefined ? entries : entries.filter((entry) => isNamed(entry, tag));
  const fitting = named.filter(
    (entry) => entry.platform === undefined || platformDistance(entry.platform, platform) === 0,
  );
  const only = named.length === 1 ? named[0] : fitting.length === 1 ? fitting[0] : undefined;
  if (only !== undefined) {
    return only;
  }
  const wanted = tag === undefined ? 'one image' : `an image "${tag}"`;
  throw severalImages(
    path,
    wanted,
    named.length > 0 && tag !== undefined ? `${named.length} of it` : listNames(entries),
    tag,
  );
}

/** The error for a layout or an archive that does not hold exactly the image that is meant. */
export function severalImages(path: string, wanted: string, found: string, tag: string | undefined): TskitError {
  const hint = tag === undefined ? 'add the tag after a colon, as in oci:DIR:TAG' : 'check the tag';
  return new TskitError('not-found', `"${path}": expected ${wanted}, found ${found}`, { hint });
}

function listNames(entries: readonly Descriptor[]): string {
  const names = entries.map(({ annotations, digest }) => annotations?.[refNameAnnotation] ?? digest);
  return names.length === 0 ? 'none' : names.join(', ');
}

function isNamed(entry: Descriptor, tag: string): boolean {
  const names = [entry.annotations?.[refNameAnnotation], entry.annotations?.[imageNameAnnotation]];
  return names.some((name) => name !== undefined && isSameImage(name, tag));
}

/** Equal as they are, or equal as references: "nginx:1" is "docker.io/library/nginx:1". */
export function isSameImage(name: string, tag: string): boolean {
  return name === tag || (canonical(name) !== undefined && canonical(name) === canonical(tag));
}

function canonical(name: string): string | undefined {
  try {
    return formatReference(parseReference(name));
  } catch {
    return undefined;
  }
}
