// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../../errors.ts';
import { digestOf, isDigest } from '../digest.ts';
import type { HttpResponse } from './http-client.ts';
import type { BlobStream, ImageDocument, ImageSource } from '../image-source.ts';
import { documentLimit } from '../json-fields.ts';
import { mediaTypeOf, parseManifestOrIndex } from '../manifest.ts';
import type { RegistryReference } from '../reference.ts';
import type { RegistryApi } from './api.ts';
import { defaultRetryPolicy, Retries, retrying, type RetryPolicy } from '../retry.ts';
import { type Descriptor, type Digest, mediaTypes, type Platform } from '../types.ts';

const manifestTypes = [
  mediaTypes.ociIndex,
  mediaTypes.dockerIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
].join(', ');

/** An image of a registry (OCI distribution spec, Pull). */
export class RegistrySource implements ImageSource {
  readonly kind = 'registry';
  readonly #api: RegistryApi;
  readonly #reference: RegistryReference;
  readonly #retry: RetryPolicy;

  constructor(api: RegistryApi, reference: RegistryReference, retry: RetryPolicy = defaultRetryPolicy) {
    this.#api = api;
    this.#reference = reference;
    this.#retry = retry;
  }

  /** Asks by digest when the reference has one: the tag beside it is then for the reader only, as in Docker. */
  async named(_platform: Platform, signal: AbortSignal): Promise<ImageDocument> {
    const { tag, digest } = this.#reference;
    const bytes = await this.#manifest(digest ?? tag ?? 'latest', signal);
    const mediaType = mediaTypeOf(parseManifestOrIndex(bytes, 'manifest'));
    return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
  }

  document(descriptor: Descriptor, signal: AbortSignal): Promise<Uint8Array> {
    return this.#manifest(descriptor.digest, signal);
  }

  async blob(descriptor: Descriptor, offset: number, signal: AbortSignal): Promise<BlobStream> {
    const response = await this.#openBlob(descriptor, offset, signal);
    if (response.status === 416) {
      response.discard();
      return this.blob(descriptor, 0, signal);
    }
    const start = response.status === 206 ? rangeStart(response, descriptor, offset) : 0;
    checkLength(response, descriptor, start);
    return { start, chunks: response.chunks() };
  }

  async #openBlob(descriptor: Descriptor, offset: number, signal: AbortSignal): Promise<HttpResponse> {
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    const accepted = offset > 0 ? [200, 206, 416] : [200];
    if (offset > 0) {
      headers['range'] = `bytes=${offset}-`;
    }
    try {
      return await this.#api.get(this.#reference.repository, `blobs/${descriptor.digest}`, headers, accepted, signal);
    } catch (error) {
      // Layers that may not be distributed are served by their vendor (OCI image-spec descriptor.md, urls).
      const url = descriptor.urls?.[0];
      if (url !== undefined && error instanceof TskitError && error.code === 'not-found') {
        return this.#api.getForeign(url, headers, accepted, signal);
      }
      throw error;
    }
  }

  #manifest(reference: string, signal: AbortSignal): Promise<Buffer> {
    const act = `manifest "${reference}"`;
    return retrying(new Retries(this.#retry, signal), act, async () => {
      const headers = { accept: manifestTypes };
      const response = await this.#api.get(
        this.#reference.repository,
        `manifests/${reference}`,
        headers,
        [200],
        signal,
      );
      refuseWebPage(response, act);
      const bytes = await response.bytes(documentLimit + 1);
      if (bytes.length > documentLimit) {
        throw new TskitError('size', `${act}: expected at most ${documentLimit} bytes, found more`);
      }
      verifyDigest(bytes, reference, response.header('docker-content-digest'), act);
      return bytes;
    });
  }
}

/** Proxies and login portals answer 200 with a page of their own. */
function refuseWebPage(response: HttpResponse, act: string): void {
  const type = response.header('content-type') ?? '';
  if (/^text\/html\b/i.test(type)) {
    response.discard();
    throw new TskitError('manifest', `${act}: expected JSON, found a web page (${type})`, {
      hint: 'check that this host is a registry and that no proxy or login page is in the way',
    });
  }
}

/** The digest that was asked for counts; for a tag, the one that the registry itself announces. */
function verifyDigest(bytes: Uint8Array, reference: string, announced: string | undefined, act: string): void {
  const expected: Digest | undefined = isDigest(reference) ? reference : isDigest(announced) ? announced : undefined;
  const found = digestOf(bytes);
  if (expected !== undefined && found !== expected) {
    throw new TskitError('digest', `${act}: expected ${expected}, found ${found}`, {
      hint: 'the registry serves other bytes than it names; tell whoever runs it',
    });
  }
}

/** Content-Range: bytes START-END/TOTAL (RFC 9110 section 14.4). */
function rangeStart(response: HttpResponse, descriptor: Descriptor, offset: number): number {
  const header = response.header('content-range') ?? '';
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header) ?? [];
  if (Number(start) !== offset || (total !== '*' && Number(total) !== descriptor.size)) {
    response.discard();
    throw new TskitError(
      'size',
      `blob ${descriptor.digest}: expected bytes from ${offset} on of ${descriptor.size}, found "${header}"`,
    );
  }
  return offset;
}

function checkLength(response: HttpResponse, descriptor: Descriptor, start: number): void {
  const length = response.header('content-length');
  const expected = descriptor.size - start;
  if (length !== undefined && Number(length) !== expected) {
    response.discard();
    throw new TskitError('size', `blob ${descriptor.digest}: expected ${expected} bytes, found ${length}`, {
      hint: 'the registry serves other bytes than its manifest names; tell whoever runs it',
    });
  }
}
