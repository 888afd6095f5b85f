// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TskitError } from '../../errors.ts';
import { askCredentialHelper } from './credential-helper.ts';
import { isObject, type Json } from '../json-fields.ts';
import { defaultRegistry } from '../reference.ts';
import { errnoOf } from '../store-error.ts';

/** What a registry's login left. `identity` is an OAuth2 refresh token, `bearer` is sent as it is. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity'; readonly token: string }
  | { readonly kind: 'bearer'; readonly token: string };

/** Under which Docker stores the login of Docker Hub. */
const hubKey = 'https://index.docker.io/v1/';

/**
 * Looks for a login as Docker and Podman keep it: $REGISTRY_AUTH_FILE, Docker's config.json ($DOCKER_CONFIG, else ~/.docker),
 * Podman's auth.json; in each a helper for this registry (credHelpers), an entry under auths (Podman's may name a part of the
 * path: the longest match wins), then the helper for all (credsStore). Undefined when there is none. Throws `auth` for a file or a helper that is broken.
 */
export async function findCredentials(
  registry: string,
  repository: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  for (const path of configPaths(env)) {
    const config = readConfig(path);
    const found = config === undefined ? undefined : await findInConfig(config, path, registry, repository, signal);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function configPaths(env: NodeJS.ProcessEnv): readonly string[] {
  const home = env['HOME'] || homedir();
  const runtime = env['XDG_RUNTIME_DIR'];
  return [
    ...(env['REGISTRY_AUTH_FILE'] ? [env['REGISTRY_AUTH_FILE']] : []),
    join(env['DOCKER_CONFIG'] || join(home, '.docker'), 'config.json'),
    ...(runtime ? [join(runtime, 'containers/auth.json')] : []),
    join(home, '.config/containers/auth.json'),
  ];
}

function readConfig(path: string): Json | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') {
      return undefined;
    }
    throw new TskitError('auth', `reading "${path}": ${errnoOf(error) ?? String(error)}`, { cause: error });
  }
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    config = undefined;
  }
  if (!isObject(config)) {
    // Neither the text nor the parser's message, which quotes it: there are passwords in it.
    throw new TskitError('auth', `reading "${path}": expected a JSON object, found something else`, {
      hint: 'repair the file, or remove it and log in again with `docker login`',
    });
  }
  return config;
}

async function findInConfig(
  config: Json,
  path: string,
  registry: string,
  repository: string,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  const server = registry === defaultRegistry ? hubKey : registry;
  const helper = helperFor(config['credHelpers'], registry);
  if (helper !== undefined) {
    return askCredentialHelper(helper, server, signal);
  }
  const entry = entryFor(config['auths'], registry, repository);
  const credentials = entry === undefined ? undefined : credentialsOf(entry, path, registry);
  const store = config['credsStore'];
  if (credentials === undefined && typeof store === 'string' && store !== '') {
    return askCredentialHelper(store, server, signal);
  }
  return credentials;
}

function helperFor(helpers: unknown, registry: string): string | undefined {
  if (!isObject(helpers)) {
    return undefined;
  }
  const key = Object.keys(helpers).find((name) => canonicalKey(name) === registry);
  const helper = key === undefined ? undefined : helpers[key];
  return typeof helper === 'string' && helper !== '' ? helper : undefined;
}

function entryFor(auths: unknown, registry: string, repository: string): Json | undefined {
  if (!isObject(auths)) {
    return undefined;
  }
  const image = `${registry}/${repository}`;
  let best: { readonly length: number; readonly entry: Json } | undefined;
  for (const [name, entry] of Object.entries(auths)) {
    const key = canonicalKey(name);
    const matches = image === key || image.startsWith(`${key}/`);
    if (matches && isObject(entry) && key.length > (best?.length ?? 0)) {
      best = { length: key.length, entry };
    }
  }
  return best?.entry;
}

/** Docker's keys may be URLs ("https://index.docker.io/v1/"); Docker Hub has several names. */
function canonicalKey(key: string): string {
  const bare = key.replace(/^https?:\/\//, '').replace(/\/(?:v[12]\/?)?$/, '');
  return ['index.docker.io', 'registry-1.docker.io'].includes(bare) ? defaultRegistry : bare;
}

/** Undefined for the empty entry that Docker writes beside a helper. */
function credentialsOf(entry: Json, path: string, registry: string): Credentials | undefined {
  const { auth, username, password, identitytoken, registrytoken } = entry;
  if (typeof registrytoken === 'string' && registrytoken !== '') {
    return { kind: 'bearer', token: registrytoken };
  }
  if (typeof identitytoken === 'string' && identitytoken !== '') {
    return { kind: 'identity', token: identitytoken };
  }
  if (typeof auth === 'string' && auth !== '') {
    const text = Buffer.from(auth, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon <= 0) {
      throw new TskitError('auth', `reading "${path}": auth of "${registry}": expected base64 of "user:password"`, {
        hint: `log in again with \`docker login ${registry}\``,
      });
    }
    // Docker pads what it stores with NUL.
    return { kind: 'password', username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
  }
  if (typeof username === 'string' && username !== '' && typeof password === 'string') {
    return { kind: 'password', username, password };
  }
  return undefined;
}
