// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { SecureContextOptions } from 'node:tls';
import { version } from '../../version.ts';
import { readHostCertificates } from './certificates.ts';
import { connectionError, isUnknownIssuer } from './connection-error.ts';
import { isLoopback, showUrl } from './endpoint.ts';
import { interruptionOf } from '../interruption.ts';
import { TransientError } from '../retry.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream is sent as it is read, for which the headers name its length. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export interface HttpResponse {
  readonly status: number;
  header(name: string): string | undefined;
  /** The body as it arrives. Throws a TransientError when the connection breaks or stalls. */
  chunks(): AsyncIterable<Uint8Array>;
  /** The body in memory, cut off after `limit` bytes. */
  bytes(limit: number): Promise<Buffer>;
  /** Throws the body away. */
  discard(): void;
}

export interface Timeouts {
  /** From the first packet to the header of the answer. */
  readonly headerMs: number;
  /** A transfer that brings less than {@link stallBytes} in this time has stalled. */
  readonly stallMs: number;
}

export const defaultTimeouts: Timeouts = { headerMs: 30_000, stallMs: 30_000 };

const stallBytes = 4096;
const discardLimit = 64 * 1024;
const connectionsPerHost = 8;

/**
 * HTTP/1.1 over kept connections: one request, one answer, no redirects and no retries. node:https instead of fetch: it
 * starts in a quarter of the time and lets the waits be bounded one by one. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are
 * honoured where Node can (24.5 and later).
 */
export class HttpClient {
  readonly #timeouts: Timeouts;
  readonly #env: NodeJS.ProcessEnv;
  readonly #authorities: readonly string[];
  readonly #agents = new Map<string, Promise<Agent>>();
  /** Reading the machine's own authorities takes 150 ms, so they are read when Node's list does not do. */
  #trustsSystem = false;

  /** `authorities` are certificates (PEM) that are trusted beside those that Node trusts and those of the machine. */
  constructor(env: NodeJS.ProcessEnv, timeouts: Timeouts = defaultTimeouts, authorities: readonly string[] = []) {
    this.#env = env;
    this.#timeouts = timeouts;
    this.#authorities = authorities;
  }

  /** Sends a request and waits for the header of the answer. Throws a TransientError, `network` or `interrupted`. */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const message = await this.#exchange(request, signal).catch((error: unknown) => {
      if (this.#trustsSystem || !isUnknownIssuer(error)) {
        throw error;
      }
      this.#trustsSystem = true;
      this.#agents.clear();
      return this.#exchange(request, signal);
    });
    return new Response(request, message, this.#timeouts.stallMs, signal);
  }

  async #exchange(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { url, method, body } = request;
    // Imported on the first request, so that a build from the store never loads TLS.
    const library = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
    const options: RequestOptions = {
      method,
      agent: await this.#agent(url),
      headers: { 'user-agent': `tskit/${version}`, ...request.headers },
      signal,
    };
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void =>
        reject(signal.aborted ? interruptionOf(signal) : connectionError(method, url, error));
      const sent: ClientRequest = library.request(url, options);
      const timer = setTimeout(() => {
        const seconds = this.#timeouts.headerMs / 1000;
        sent.destroy(new TransientError(`${method} ${showUrl(url)}: no answer within ${seconds} seconds`));
      }, this.#timeouts.headerMs);
      sent.once('close', () => clearTimeout(timer));
      sent.once('error', fail);
      sent.once('response', (message: IncomingMessage) => {
        clearTimeout(timer);
        resolve(message);
      });
      if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
        sent.end(body);
        return;
      }
      // An upload takes as long as it takes, as long as it moves; the answer is due when all is sent.
      clearTimeout(timer);
      sent.setTimeout(this.#timeouts.stallMs, () =>
        sent.destroy(new TransientError(`${method} ${showUrl(url)}: the transfer stalled`)),
      );
      pipeline(body, sent).catch(fail);
    });
  }

  #agent(url: URL): Promise<Agent> {
    let agent = this.#agents.get(url.origin);
    if (agent === undefined) {
      agent = createAgent(url, this.#env, this.#authorities, this.#trustsSystem);
      this.#agents.set(url.origin, agent);
    }
    return agent;
  }
}

async function createAgent(
  url: URL,
  env: NodeJS.ProcessEnv,
  authorities: readonly string[],
  trustsSystem: boolean,
): Promise<Agent> {
  // A proxy cannot reach this machine's loopback.
  const proxy = isLoopback(url.host) ? {} : { proxyEnv: env };
  const options = { keepAlive: true, maxSockets: connectionsPerHost, ...proxy };
  if (url.protocol === 'http:') {
    const { Agent } = await import('node:http');
    return new Agent(options);
  }
  const { Agent } = await import('node:https');
  return new Agent({ ...options, ...(await secureOptions(url.host, env, authorities, trustsSystem)) });
}

/** Trusts what Node trusts, what is in certs.d for this host and the given authorities; nothing is set when that is Node's list alone. */
async function secureOptions(
  host: string,
  env: NodeJS.ProcessEnv,
  authorities: readonly string[],
  trustsSystem: boolean,
): Promise<SecureContextOptions> {
  const { ca: hostCa, pairs } = readHostCertificates(host, env);
  const ca = [...hostCa, ...authorities];
  const login = pairs.length === 0 ? {} : { cert: pairs.map(({ cert }) => cert), key: pairs.map(({ key }) => key) };
  if (ca.length === 0 && !trustsSystem) {
    return login;
  }
  const { getCACertificates } = await import('node:tls');
  const system = trustsSystem ? getCACertificates('system') : [];
  return { ...login, ca: [...new Set([...getCACertificates('default'), ...system, ...ca])] };
}

class Response implements HttpResponse {
  readonly #request: HttpRequest;
  readonly #message: IncomingMessage;
  readonly #stallMs: number;
  readonly #signal: AbortSignal;

  constructor(request: HttpRequest, message: IncomingMessage, stallMs: number, signal: AbortSignal) {
    this.#request = request;
    this.#message = message;
    this.#stallMs = stallMs;
    this.#signal = signal;
    // The stream may fail when nobody reads it (yet): whoever reads gets the error, nobody else needs it.
    message.on('error', () => {});
  }

  get status(): number {
    return this.#message.statusCode ?? 0;
  }

  header(name: string): string | undefined {
    const value = this.#message.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const { method, url } = this.#request;
    const stall = new StallWatch(this.#stallMs, (seconds) =>
      this.#message.destroy(
        new TransientError(`${method} ${showUrl(url)}: the transfer stalled for ${seconds} seconds`),
      ),
    );
    try {
      stall.wait();
      for await (const chunk of this.#message as AsyncIterable<Buffer>) {
        stall.arrived(chunk.length);
        yield chunk;
        stall.wait();
      }
    } catch (error) {
      throw this.#signal.aborted ? interruptionOf(this.#signal) : connectionError(method, url, error);
    } finally {
      stall.end();
      this.#message.destroy();
    }
  }

  async bytes(limit: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.chunks()) {
      parts.push(chunk);
      size += chunk.length;
      if (size >= limit) {
        break;
      }
    }
    return Buffer.concat(parts).subarray(0, limit);
  }

  discard(): void {
    // Reading a small rest keeps the connection for the next request; a long or endless one is not worth that.
    if (Number(this.header('content-length') ?? Infinity) <= discardLimit) {
      this.#message.resume();
    } else {
      this.#message.destroy();
    }
  }
}

/** Measures only the time in which the reader waits for the network; a slow disk is not the server's fault. */
class StallWatch {
  readonly #limitMs: number;
  readonly #onStall: (seconds: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #waitSince = 0;
  #waitedMs = 0;
  #bytes = 0;

  constructor(limitMs: number, onStall: (seconds: number) => void) {
    this.#limitMs = limitMs;
    this.#onStall = onStall;
  }

  wait(): void {
    this.#waitSince = performance.now();
    this.#timer = setTimeout(() => this.#onStall(this.#limitMs / 1000), Math.max(this.#limitMs - this.#waitedMs, 1));
  }

  arrived(bytes: number): void {
    clearTimeout(this.#timer);
    this.#waitedMs += performance.now() - this.#waitSince;
    this.#bytes += bytes;
    if (this.#bytes >= stallBytes) {
      this.#bytes = 0;
      this.#waitedMs = 0;
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
