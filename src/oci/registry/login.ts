// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { TskitError } from '../../errors.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { isLoopback, showUrl } from './endpoint.ts';
import type { HttpClient, HttpResponse } from './http-client.ts';
import { isObject } from '../json-fields.ts';
import { answerError, transientAnswer } from './answer-error.ts';

const answerLimit = 1024 * 1024;
const clientId = 'tskit';

export interface LoginRequest {
  /** The registry as users write it, for messages. */
  readonly registry: string;
  readonly repository: string;
  /** Whether the registry itself is spoken to with TLS. */
  readonly secure: boolean;
  /** WWW-Authenticate of the 401. */
  readonly header: string;
  readonly credentials: Credentials | undefined;
}

/**
 * Answers a 401: the value for the Authorization header, or undefined when there is nothing to log in with. Bearer tokens
 * come from the server that the challenge names (distribution spec, Token Authentication: GET with Basic, or the OAuth2 POST for
 * identity tokens). Throws `auth`, `network` or a TransientError.
 */
export async function logIn(
  client: HttpClient,
  request: LoginRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { credentials } = request;
  if (credentials?.kind === 'bearer') {
    return `Bearer ${credentials.token}`;
  }
  const challenges = parseChallenges(request.header);
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer !== undefined) {
    return `Bearer ${await fetchToken(client, request, bearer, signal)}`;
  }
  if (challenges.some(({ scheme }) => scheme === 'basic')) {
    return credentials?.kind === 'password' ? basic(credentials) : undefined;
  }
  const found = challenges.map(({ scheme }) => scheme).join(', ') || 'none';
  throw new TskitError('auth', `logging in to "${request.registry}": expected Basic or Bearer, found ${found}`);
}

async function fetchToken(
  client: HttpClient,
  request: LoginRequest,
  challenge: Challenge,
  signal: AbortSignal,
): Promise<string> {
  const realm = realmOf(challenge, request);
  const service = challenge.parameters.get('service');
  const scope = challenge.parameters.get('scope') ?? `repository:${request.repository}:pull`;
  const response =
    request.credentials?.kind === 'identity'
      ? await postRefreshToken(client, realm, service, scope, request.credentials.token, signal)
      : await getToken(client, realm, service, scope, request.credentials, signal);
  return readToken(response, realm, request, signal);
}

/** Where tokens come from. A password must not leave over plain HTTP when the registry itself has TLS. */
function realmOf(challenge: Challenge, request: LoginRequest): URL {
  const realm = challenge.parameters.get('realm') ?? '';
  const act = `logging in to "${request.registry}"`;
  if (!URL.canParse(realm) || !/^https?:/.test(realm)) {
    throw new TskitError('auth', `${act}: expected the URL of a token server, found "${realm}"`);
  }
  const url = new URL(realm);
  if (url.protocol === 'http:' && request.secure && !isLoopback(url.host)) {
    throw new TskitError('auth', `${act}: expected a token server with TLS, found "${showUrl(url)}"`);
  }
  return url;
}

function getToken(
  client: HttpClient,
  realm: URL,
  service: string | undefined,
  scope: string,
  credentials: Credentials | undefined,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const url = new URL(realm);
  if (service !== undefined) {
    url.searchParams.set('service', service);
  }
  // One parameter for each scope, which the header separates by blanks.
  for (const part of scope.split(' ')) {
    url.searchParams.append('scope', part);
  }
  const headers: Record<string, string> = {};
  if (credentials?.kind === 'password') {
    url.searchParams.set('account', credentials.username);
    headers['authorization'] = basic(credentials);
  }
  return client.send({ method: 'GET', url, headers }, signal);
}

function postRefreshToken(
  client: HttpClient,
  realm: URL,
  service: string | undefined,
  scope: string,
  token: string,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, scope, refresh_token: token });
  if (service !== undefined) {
    form.set('service', service);
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return client.send({ method: 'POST', url: realm, headers, body: form.toString() }, signal);
}

async function readToken(
  response: HttpResponse,
  realm: URL,
  request: LoginRequest,
  signal: AbortSignal,
): Promise<string> {
  const act = `logging in to "${request.registry}": ${showUrl(realm)}`;
  const body = await response.bytes(answerLimit);
  signal.throwIfAborted();
  const transient = transientAnswer(response, act);
  if (transient !== undefined) {
    throw transient;
  }
  if (response.status !== 200) {
    throw answerError(response.status, body, act, request.registry, request.credentials !== undefined);
  }
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString('utf8'));
  } catch {
    answer = undefined;
  }
  const token = isObject(answer) ? (answer['token'] ?? answer['access_token']) : undefined;
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new TskitError('auth', `${act}: expected JSON with a "token", found something else`);
  }
  return token;
}

function basic(credentials: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}
