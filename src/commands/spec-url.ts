// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { TskitError } from '../errors.ts';
import { interruptionOf, throwIfInterrupted } from '../oci/interruption.ts';
import { HttpClient, type HttpResponse } from '../oci/registry/http-client.ts';
import { isLoopback, showUrl } from '../oci/registry/endpoint.ts';
import { Retries, type RetryPolicy, retrying, TransientError } from '../oci/retry.ts';
import type { Reporter } from '../reporter.ts';

/** Where a spec is fetched from: http(s)://HOST/PATH, and the digest that it must have. */
export interface SpecUrl {
  readonly url: URL;
  /** For messages: without digest, user, password and query. */
  readonly name: string;
  /** SHA-256 in hex. */
  readonly sha256: string | undefined;
}

export interface SpecFetch {
  /** Most bytes of a spec. */
  readonly limit: number;
  readonly offline: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly retry?: RetryPolicy;
  /** For the whole of it. */
  readonly timeoutMs?: number;
}

const defaultRetry: RetryPolicy = { attempts: 3, firstWaitMs: 500, mostWaitMs: 10_000 };
const defaultTimeoutMs = 60_000;
const mostRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Reads `http(s)://HOST/PATH[@sha256:HEX]`. Throws `spec`. */
export function parseSpecUrl(text: string): SpecUrl {
  const [, address = text, algorithm, hex] = /^(.*)@([a-z]\w*):([0-9A-Za-z]*)$/i.exec(text) ?? [];
  const digest = algorithm === undefined || address.endsWith('//') ? undefined : `${algorithm}:${hex}`;
  const url = URL.parse(digest === undefined ? text : address);
  if (url === null || url.hostname === '') {
    throw new TskitError(
      'spec',
      `spec "${text}": expected a URL such as "https://example.org/os.yml", found another text`,
    );
  }
  url.hash = '';
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new TskitError(
      'spec',
      `spec "${showUrl(url)}": expected "@sha256:" and 64 lower-case hex digits, found "@${digest}"`,
    );
  }
  return { url, name: showUrl(url), sha256: digest === undefined ? undefined : hex };
}

/**
 * Fetches a spec. With a digest it is what the digest says, however it came; without one it is what TLS vouches for, or this very
 * machine, and a warning names the digest to add. Throws `spec`, `network`, `digest` and `interrupted`.
 */
export async function fetchSpec({ url, name, sha256 }: SpecUrl, fetch: SpecFetch): Promise<Buffer> {
  const act = `fetching spec "${name}"`;
  if (fetch.offline) {
    throw new TskitError('network', `${act}: expected a file, since --offline opens no socket, found a URL`, {
      hint: 'save it beside your other specs and name the file',
    });
  }
  const bytes = await bounded(act, fetch, (signal) => download(act, url, sha256 !== undefined, fetch, signal));
  const found = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === undefined) {
    fetch.reporter.warn(
      `spec "${name}" is used without a digest: whoever serves it decides what is built; add @sha256:${found} to pin it`,
    );
  } else if (found !== sha256) {
    throw new TskitError('digest', `${act}: expected sha256:${sha256}, found sha256:${found}`, {
      hint: 'the spec has changed, or somebody serves another one; read it before you change the digest',
    });
  }
  return bytes;
}

/** Gives up after a time, with the user's interruption told from it. */
async function bounded<T>(
  act: string,
  { signal, timeoutMs = defaultTimeoutMs }: SpecFetch,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    return await work(AbortSignal.any([signal, timeout]));
  } catch (error) {
    throwIfInterrupted(signal);
    if (!timeout.aborted) throw error;
    throw new TskitError('network', `${act}: expected all of it within ${timeoutMs / 1000} seconds, found it slower`, {
      hint: 'check the network, or save it and name the file',
      cause: error,
    });
  }
}

async function download(
  act: string,
  url: URL,
  isVerified: boolean,
  { limit, env, retry = defaultRetry }: SpecFetch,
  signal: AbortSignal,
): Promise<Buffer> {
  const client = new HttpClient(env);
  return await retrying(new Retries(retry, signal), act, async () => {
    const response = await follow(act, client, url, isVerified, signal);
    const bytes = await response.bytes(limit + 1);
    if (bytes.length <= limit) return bytes;
    throw new TskitError('spec', `${act}: expected at most ${limit} bytes, found more`);
  }).catch((error: unknown) => {
    if (signal.aborted) throw interruptionOf(signal);
    throw error;
  });
}

async function follow(
  act: string,
  client: HttpClient,
  start: URL,
  isVerified: boolean,
  signal: AbortSignal,
): Promise<HttpResponse> {
  let url = start;
  checkScheme(act, url, isVerified);
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const response = await client.send({ method: 'GET', url, headers: { accept: '*/*' } }, signal);
    if (!redirects.has(response.status)) {
      if (response.status === 200) return response;
      throw answerError(act, response);
    }
    response.discard();
    url = redirected(act, url, response.header('location'));
    checkScheme(act, url, isVerified);
  }
  throw new TskitError('network', `${act}: expected at most ${mostRedirects} redirects, found more`);
}

/** Without a digest nothing but TLS says that the answer is the server's. */
function checkScheme(act: string, url: URL, isVerified: boolean): void {
  if (url.protocol === 'https:' || isVerified || isLoopback(url.host)) return;
  throw new TskitError(
    'network',
    `${act}: expected https, or a digest, found plain http to "${url.host}" without one`,
    {
      hint: 'use https, or add @sha256:HEX: what comes over plain http may come from anybody on the way',
    },
  );
}

/** A redirect may go anywhere but down to plain http. */
function redirected(act: string, from: URL, location: string | undefined): URL {
  const url = location === undefined ? null : URL.parse(location, from.href);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new TskitError('network', `${act}: expected a redirect to an http(s) URL, found "${location ?? 'none'}"`);
  }
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    throw new TskitError('network', `${act}: expected https to the end, found a redirect to "${showUrl(url)}"`);
  }
  return url;
}

function answerError(act: string, response: HttpResponse): Error {
  response.discard();
  const message = `expected an answer with status 200, found ${response.status}`;
  if (response.status === 429 || response.status >= 500) return new TransientError(message);
  return new TskitError(response.status === 404 ? 'not-found' : 'network', `${act}: ${message}`);
}
