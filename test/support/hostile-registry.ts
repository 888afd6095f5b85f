// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { digestOf } from '../../src/oci/digest.ts';
import { type Descriptor, mediaTypes } from '../../src/oci/types.ts';
import { rawEntry } from './raw-tar.ts';

/** What a server that misbehaves on purpose answers. */
export interface Answer {
  /** 200 unless given. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Closes the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Sends so many bytes of the body and then nothing more; the connection stays open. */
  readonly stallAfter?: number;
  /** Sends one byte each time this many milliseconds have passed. */
  readonly dripMs?: number;
  /** Sends no header either; the connection stays open. */
  readonly silent?: boolean;
}

export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** By path without query; a function sees the request and how often the path was asked for before. */
export type Routes = Record<string, Answer | ((request: SeenRequest, before: number) => Answer)>;

export interface HostileRegistry extends AsyncDisposable {
  /** "127.0.0.1:PORT". */
  readonly host: string;
  readonly requests: readonly SeenRequest[];
  /** May be changed while it runs. */
  readonly routes: Routes;
}

/** Starts a server on a free port of the loopback that answers as it is told, 404 elsewhere; with PEM files it speaks TLS. */
export async function startHostileRegistry(
  routes: Routes,
  tls?: { readonly certificate: string; readonly key: string },
): Promise<HostileRegistry> {
  const requests: SeenRequest[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    void readBody(request).then((body) => {
      const path = request.url ?? '/';
      const seen = { method: request.method ?? '', path, headers: request.headers, body };
      const name = path.replace(/\?.*$/, '');
      const before = requests.filter((other) => other.path.replace(/\?.*$/, '') === name).length;
      requests.push(seen);
      const route = routes[name] ?? {
        status: 404,
        body: '{"errors":[{"code":"NAME_UNKNOWN","message":"no such thing"}]}',
      };
      return send(response, typeof route === 'function' ? route(seen, before) : route, seen);
    });
  };
  const pair = tls && { cert: readFileSync(tls.certificate), key: readFileSync(tls.key) };
  const server = pair === undefined ? createServer(answer) : createSecureServer(pair, answer);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    requests,
    routes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface SampleImage {
  readonly manifest: Buffer;
  readonly config: Buffer;
  readonly layers: readonly Buffer[];
}

export interface SampleOptions {
  readonly layers?: readonly Buffer[];
  readonly architecture?: string;
  /** Last changes to the manifest, which may then lie. */
  readonly manifest?: (manifest: SampleManifest) => unknown;
  readonly diffIds?: readonly string[];
}

export interface SampleManifest {
  readonly schemaVersion: number;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** A gzip layer with one file of `size` pseudo-random bytes, so that it does not shrink. */
export function sampleLayer(size: number, seed = 1): Buffer {
  const data = Buffer.alloc(size);
  let state = seed;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    data[index] = state >>> 16;
  }
  return gzipSync(Buffer.concat([rawEntry({ name: 'data', data }), Buffer.alloc(1024)]));
}

/** An image of one small layer, or of these. */
export function sampleImage(options: SampleOptions = {}): SampleImage {
  const layers = options.layers ?? [sampleLayer(5000)];
  const config = Buffer.from(
    JSON.stringify({
      architecture: options.architecture ?? 'amd64',
      os: 'linux',
      config: { Entrypoint: ['/data'] },
      rootfs: { type: 'layers', diff_ids: options.diffIds ?? layers.map((layer) => digestOf(layer)) },
    }),
  );
  const manifest: SampleManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: describe(config, mediaTypes.ociConfig),
    layers: layers.map((layer) => describe(layer, mediaTypes.ociLayerGzip)),
  };
  return { manifest: Buffer.from(JSON.stringify(options.manifest?.(manifest) ?? manifest)), config, layers };
}

/** What an honest registry answers for an image under `name:tag`, blobs with ranges. */
export function imageRoutes(name: string, tag: string, image: SampleImage): Routes {
  const manifest: Answer = { headers: { 'content-type': mediaTypes.ociManifest }, body: image.manifest };
  const routes: Routes = {
    [`/v2/${name}/manifests/${tag}`]: manifest,
    [`/v2/${name}/manifests/${digestOf(image.manifest)}`]: manifest,
  };
  for (const blob of [image.config, ...image.layers]) {
    routes[`/v2/${name}/blobs/${digestOf(blob)}`] = ({ headers }) => ranged(blob, headers.range);
  }
  return routes;
}

/** The answer to a request for a blob or a range of it. */
export function ranged(blob: Buffer, range: string | undefined): Answer {
  const start = /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
  if (start === undefined) {
    return { body: blob };
  }
  const headers = { 'content-range': `bytes ${start}-${blob.length - 1}/${blob.length}` };
  return { status: 206, headers, body: blob.subarray(Number(start)) };
}

export function describe(bytes: Buffer, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

async function send(response: ServerResponse, answer: Answer, { method }: SeenRequest): Promise<void> {
  if (answer.silent === true) {
    return;
  }
  const body = Buffer.from(answer.body ?? '');
  const length = answer.headers?.['transfer-encoding'] === undefined ? { 'content-length': body.length } : {};
  response.writeHead(answer.status ?? 200, { ...length, ...answer.headers });
  response.flushHeaders();
  if (method === 'HEAD') {
    response.end();
  } else if (answer.dripMs !== undefined) {
    for (let at = 0; at < body.length && !response.destroyed; at += 1) {
      response.write(body.subarray(at, at + 1));
      await sleep(answer.dripMs);
    }
    response.end();
  } else if (answer.cutAfter !== undefined) {
    // An orderly end, so that all of these bytes arrive before it.
    response.write(body.subarray(0, answer.cutAfter), () => response.socket?.end());
  } else if (answer.stallAfter !== undefined) {
    response.write(body.subarray(0, answer.stallAfter));
  } else {
    response.end(body);
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    body += chunk.toString('utf8');
  }
  return body;
}
