// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash, createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Answer, type HostileRegistry, type SeenRequest, startHostileRegistry } from './hostile-registry.ts';

export interface KeyPair {
  /** PEM files. */
  readonly certificate: string;
  readonly key: string;
}

/** Makes a self-signed certificate for 127.0.0.1 with openssl. */
export async function makeCertificate(folder: string): Promise<KeyPair> {
  const certificate = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  await execa('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=127.0.0.1',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  return { certificate, key };
}

export interface TokenServerOptions extends KeyPair {
  readonly service: string;
  readonly issuer: string;
  /** Whether a request may have a token. */
  readonly admit: (request: SeenRequest) => boolean;
  /** Name of the answer's member that holds the token; "token" unless given. */
  readonly member?: 'token' | 'access_token';
}

/** A token server as docker-registry trusts it (distribution, Token Authentication Specification), on the loopback, at /token. */
export function startTokenServer(options: TokenServerOptions): Promise<HostileRegistry> {
  return startHostileRegistry({ '/token': (request) => answer(request, options) });
}

function answer(request: SeenRequest, options: TokenServerOptions): Answer {
  if (!options.admit(request)) {
    return { status: 401, body: '{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}' };
  }
  const query = new URLSearchParams(request.method === 'POST' ? request.body : (request.path.split('?')[1] ?? ''));
  const token = jsonWebToken(query.get('scope') ?? '', options);
  return { body: JSON.stringify({ [options.member ?? 'token']: token, expires_in: 300 }) };
}

/** RFC 7519, signed with RS256; the certificate travels in x5c (RFC 7515 section 4.1.6). */
function jsonWebToken(scope: string, { certificate, key, service, issuer }: TokenServerOptions): string {
  const x509 = new X509Certificate(readFileSync(certificate));
  const [type, name, actions] = scope.split(':');
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: 'JWT', alg: 'RS256', x5c: [x509.raw.toString('base64')] };
  const claims = {
    iss: issuer,
    sub: 'test',
    aud: service,
    exp: now + 300,
    nbf: now - 10,
    iat: now,
    jti: createHash('sha256').update(randomUUID()).digest('hex'),
    access: [{ type, name, actions: actions?.split(',') }],
  };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(signed), createPrivateKey(readFileSync(key)));
  return `${signed}.${signature.toString('base64url')}`;
}
