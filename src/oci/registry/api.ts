// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../../errors.ts';
import { AuthorizationCache } from './authorization-cache.ts';
import { isPlainServer, mayWantTls } from './connection-error.ts';
import { apiHost, type Scheme, schemeFor, showUrl } from './endpoint.ts';
import { defaultTimeouts, HttpClient, type HttpRequest, type HttpResponse } from './http-client.ts';
import { answerError, transientAnswer } from './answer-error.ts';

export interface RegistryOptions {
  /** Hosts (`host` or `host:port`) that may be spoken to without TLS, besides the loopback. */
  readonly plainHttp: readonly string[];
  /** Instead of what the host's name tells. */
  readonly scheme?: Scheme;
  /** Certificates (PEM) of authorities that are trusted too. */
  readonly authorities?: readonly string[];
  /** Where logins are looked for: HOME, DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, PATH. */
  readonly env: NodeJS.ProcessEnv;
  /** Told about logins that cannot be read; the work goes on without them. */
  readonly warn: (message: string) => void;
  readonly client?: HttpClient;
}

/** One request of a push. */
export interface WriteRequest {
  readonly method: Exclude<HttpRequest['method'], 'GET'>;
  /** Path below the repository, or where the registry said to send it. */
  readonly target: string | URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Called for each try. The first request to a registry has a short one, since it may be sent twice. */
  readonly body?: () => NonNullable<HttpRequest['body']>;
}

const redirectLimit = 5;
const errorBodyLimit = 64 * 1024;

/** Requests to one registry's API: scheme, login, redirects, and answers that are errors. Keeps connections and tokens. */
export class RegistryApi {
  /** As users write it: "docker.io", "localhost:5000". */
  readonly registry: string;
  readonly #plainHttp: readonly string[];
  readonly #client: HttpClient;
  readonly #authorizations: AuthorizationCache;
  #scheme: Scheme;

  constructor(registry: string, options: RegistryOptions) {
    this.registry = registry;
    this.#plainHttp = options.plainHttp;
    this.#client = options.client ?? new HttpClient(options.env, defaultTimeouts, options.authorities);
    this.#authorizations = new AuthorizationCache(registry, this.#client, options);
    this.#scheme = options.scheme ?? schemeFor(registry, options.plainHttp);
  }

  /**
   * GET below `/v2/REPOSITORY/`: one try. Only answers whose status is in `accepted` return. Throws a TransientError for what may
   * pass, else `auth`, `not-found` or `network`.
   */
  async get(
    repository: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    accepted: readonly number[],
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const answer = await this.#authorized(repository, `${repository}/${path}`, headers, signal);
    const { url, response } = await this.#followRedirects(answer, headers, signal);
    if (accepted.includes(response.status)) {
      return response;
    }
    return this.#refuse(url, response, await this.#authorizations.isLoggedIn(repository));
  }

  /**
   * A request that writes, or asks for the presence of something, below `/v2/REPOSITORY/` or at a URL that the registry sent to: one
   * try. Only answers whose status is in `accepted` return. Throws as `get` does. A body that was refused for want of a login is
   * made anew.
   */
  async write(
    repository: string,
    request: WriteRequest,
    accepted: readonly number[],
    signal: AbortSignal,
  ): Promise<HttpResponse & { readonly url: URL }> {
    const { method, target, headers, body } = request;
    const send = (authorization: string | undefined): Promise<Answer> => {
      if (typeof target === 'string') {
        return this.#send(`${repository}/${target}`, headers, authorization, signal, method, body?.());
      }
      const url = this.#checkTarget(target, target.href);
      const isOwn = url.host === apiHost(this.registry);
      const sent = authorization === undefined || !isOwn ? headers : { ...headers, authorization };
      const content = body?.();
      const whole = { method, url, headers: sent, ...(content !== undefined && { body: content }) };
      return this.#client.send(whole, signal).then((response) => ({ url, response, authorization }));
    };
    const known = await this.#authorizations.current(repository);
    let answer = await send(known);
    if (answer.response.status === 401) {
      answer.response.discard();
      const secure = answer.url.protocol === 'https:';
      const header = answer.response.header('www-authenticate') ?? '';
      answer = await send(await this.#authorizations.renew({ repository, rejected: known, secure, header }, signal));
    }
    const { url, response } = answer;
    if (accepted.includes(response.status)) return Object.assign(response, { url });
    return this.#refuse(url, response, await this.#authorizations.isLoggedIn(repository), method);
  }

  /** GET of a URL that a manifest names; never with a login. */
  async getForeign(
    text: string,
    headers: Readonly<Record<string, string>>,
    accepted: readonly number[],
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const first = this.#checkTarget(URL.canParse(text) ? new URL(text) : undefined, text);
    const answer = { url: first, response: await this.#client.send({ method: 'GET', url: first, headers }, signal) };
    const { url, response } = await this.#followRedirects({ ...answer, authorization: undefined }, headers, signal);
    return accepted.includes(response.status) ? response : this.#refuse(url, response, false);
  }

  async #refuse(url: URL, response: HttpResponse, loggedIn: boolean, method: string = 'GET'): Promise<never> {
    const act = `${method} ${showUrl(url)}`;
    const transient = transientAnswer(response, act);
    if (transient !== undefined) {
      response.discard();
      throw transient;
    }
    throw answerError(response.status, await response.bytes(errorBodyLimit), act, this.registry, loggedIn);
  }

  async #authorized(
    repository: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const known = await this.#authorizations.current(repository);
    const answer = await this.#send(path, headers, known, signal);
    if (answer.response.status !== 401) {
      return answer;
    }
    answer.response.discard();
    const request = {
      repository,
      rejected: known,
      secure: answer.url.protocol === 'https:',
      header: answer.response.header('www-authenticate') ?? '',
    };
    const renewed = await this.#authorizations.renew(request, signal);
    return this.#send(path, headers, renewed, signal);
  }

  /** Sends with the scheme that the registry is known to have, and finds it out on the loopback. */
  async #send(
    path: string,
    headers: Readonly<Record<string, string>>,
    authorization: string | undefined,
    signal: AbortSignal,
    method: HttpRequest['method'] = 'GET',
    body?: HttpRequest['body'],
  ): Promise<Answer> {
    const attempt = async (protocol: 'http' | 'https'): Promise<Answer> => {
      const url = new URL(`${protocol}://${apiHost(this.registry)}/v2/${path}`);
      const sent = authorization === undefined ? headers : { ...headers, authorization };
      const request = { method, url, headers: sent, ...(body !== undefined && { body }) };
      return { url, authorization, response: await this.#client.send(request, signal) };
    };
    if (this.#scheme !== 'plain-first') {
      return attempt(this.#scheme === 'plain' ? 'http' : 'https');
    }
    const plain = await attempt('http').catch((error: unknown) => ({ error }));
    if (!('error' in plain) && plain.response.status !== 400) {
      this.#scheme = 'plain';
      return plain;
    }
    if ('error' in plain && !mayWantTls(plain.error)) {
      throw plain.error;
    }
    // Go's server answers plain HTTP on its TLS port with 400, others close the connection.
    const secure = await attempt('https').catch((error: unknown) => ({ error }));
    if (!('error' in secure)) {
      this.#scheme = 'tls';
      return secure;
    }
    if ('error' in plain) {
      throw plain.error;
    }
    if (isPlainServer(secure.error)) {
      return plain;
    }
    throw secure.error;
  }

  /** Follows to other hosts too (registries send blobs from object stores), but takes the login to none of them. */
  async #followRedirects(
    answer: Answer,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer> {
    let { url, response, authorization } = answer;
    for (let count = 0; [301, 302, 303, 307, 308].includes(response.status); count += 1) {
      const location = response.header('location') ?? '';
      response.discard();
      if (count === redirectLimit) {
        throw new TskitError('network', `GET ${showUrl(url)}: expected at most ${redirectLimit} redirects, found more`);
      }
      const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      const next = this.#checkTarget(target, location);
      authorization = next.origin === url.origin ? authorization : undefined;
      url = next;
      const sent = authorization === undefined ? headers : { ...headers, authorization };
      response = await this.#client.send({ method: 'GET', url, headers: sent }, signal);
    }
    return { url, response, authorization };
  }

  /** A target that the server chose gets the same rule as a registry that the user chose: no plain HTTP but where allowed. */
  #checkTarget(target: URL | undefined, text: string): URL {
    const isAllowed =
      target?.protocol === 'https:' ||
      (target?.protocol === 'http:' && schemeFor(target.host, this.#plainHttp) !== 'tls');
    if (target === undefined || !isAllowed) {
      const found = target === undefined ? text : showUrl(target);
      throw new TskitError('network', `registry "${this.registry}" sends to "${found}": expected an https URL`, {
        hint: 'if the host is to be trusted without TLS, allow it with --plain-http HOST',
      });
    }
    return target;
  }
}

interface Answer {
  readonly url: URL;
  readonly response: HttpResponse;
  readonly authorization: string | undefined;
}
