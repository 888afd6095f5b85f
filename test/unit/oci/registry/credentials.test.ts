// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Credentials, findCredentials } from '../../../../src/oci/registry/credentials.ts';

const never = new AbortController().signal;
const basic = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') });
const path = process.env['PATH'];
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tskit-home-'));
});

afterEach(() => {
  process.env['PATH'] = path;
  rmSync(home, { recursive: true, force: true });
});

function write(file: string, content: object | string): void {
  mkdirSync(dirname(join(home, file)), { recursive: true });
  writeFileSync(join(home, file), typeof content === 'string' ? content : JSON.stringify(content));
}

function helper(name: string, code: string): void {
  write(`bin/docker-credential-${name}`, `#!/bin/sh\n${code}\n`);
  chmodSync(join(home, `bin/docker-credential-${name}`), 0o755);
  process.env['PATH'] = `${join(home, 'bin')}:${path}`;
}

function find(
  registry = 'ghcr.io',
  repository = 'acme/web',
  env: NodeJS.ProcessEnv = {},
): Promise<Credentials | undefined> {
  return findCredentials(registry, repository, { HOME: home, ...env }, never);
}

const password = (username: string, secret: string): Credentials => ({ kind: 'password', username, password: secret });

describe('a login', () => {
  it.each<[string, object, Credentials]>([
    ['user and password in one', { 'ghcr.io': basic('bob:pass:word') }, password('bob', 'pass:word')],
    ['user and password apart', { 'ghcr.io': { username: 'bob', password: 'x' } }, password('bob', 'x')],
    ['an identity token', { 'ghcr.io': { ...basic('bob:'), identitytoken: 't' } }, { kind: 'identity', token: 't' }],
    ['a registry token', { 'ghcr.io': { registrytoken: 't' } }, { kind: 'bearer', token: 't' }],
    ['a key that is a URL', { 'https://ghcr.io/v2/': basic('bob:x') }, password('bob', 'x')],
    [
      'the longest match of a path',
      { 'ghcr.io': basic('a:a'), 'ghcr.io/acme': basic('b:b'), 'ghcr.io/ac': basic('c:c') },
      password('b', 'b'),
    ],
  ])('may be %s', async (_what, auths, expected) => {
    write('.docker/config.json', { auths });
    expect(await find()).toEqual(expected);
  });

  it.each(['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'])(
    'for Docker Hub may be kept under %s',
    async (key) => {
      write('.docker/config.json', { auths: { [key]: basic('bob:x') } });
      expect(await find('docker.io', 'library/nginx')).toEqual(password('bob', 'x'));
    },
  );

  it('is looked for in the files of Docker and Podman, the named one first', async () => {
    write('.config/containers/auth.json', { auths: { 'ghcr.io': basic('last:x') } });
    expect(await find()).toEqual(password('last', 'x'));
    write('run/containers/auth.json', { auths: { 'ghcr.io': basic('runtime:x') } });
    expect(await find('ghcr.io', 'a', { XDG_RUNTIME_DIR: join(home, 'run') })).toEqual(password('runtime', 'x'));
    write('.docker/config.json', { auths: { 'ghcr.io': basic('docker:x') } });
    expect(await find()).toEqual(password('docker', 'x'));
    write('else/config.json', { auths: { 'ghcr.io': basic('else:x') } });
    expect(await find('ghcr.io', 'a', { DOCKER_CONFIG: join(home, 'else') })).toEqual(password('else', 'x'));
    write('named.json', { auths: { 'ghcr.io': basic('named:x') } });
    expect(await find('ghcr.io', 'a', { REGISTRY_AUTH_FILE: join(home, 'named.json') })).toEqual(
      password('named', 'x'),
    );
  });

  it('is none for another registry', async () => {
    write('.docker/config.json', { auths: { 'ghcr.io': basic('bob:x'), 'ghcr.io:5000': basic('bob:y') } });
    expect(await find('ghcr.i')).toBeUndefined();
    expect(await find('xghcr.io')).toBeUndefined();
  });

  it('comes from the helper of the registry, else from the one for all', async () => {
    helper('one', `echo '{"Username":"one","Secret":"1"}'`);
    helper('all', `read -r server; echo "{\\"Username\\":\\"$server\\",\\"Secret\\":\\"2\\"}"`);
    write('.docker/config.json', { credHelpers: { 'ghcr.io': 'one' }, credsStore: 'all', auths: { 'docker.io': {} } });
    expect(await find()).toEqual(password('one', '1'));
    expect(await find('docker.io', 'library/x')).toEqual(password('https://index.docker.io/v1/', '2'));
  });

  it('of a helper may be an identity token, or none', async () => {
    helper(
      'all',
      `read -r server; case $server in ghcr.io) echo '{"Username":"<token>","Secret":"t"}';; *) echo 'credentials not found in native keychain'; exit 1;; esac`,
    );
    write('.docker/config.json', { credsStore: 'all' });
    expect(await find()).toEqual({ kind: 'identity', token: 't' });
    expect(await find('quay.io')).toBeUndefined();
  });

  it.each([
    [
      'is not JSON',
      () => write('.docker/config.json', '{"auths": {"ghcr.io": {"auth": "c2VjcmV0OnNlY3JldA=="'),
      'expected a JSON object',
    ],
    [
      'holds no user',
      () => write('.docker/config.json', { auths: { 'ghcr.io': basic('c2VjcmV0') } }),
      'expected base64 of "user:password"',
    ],
    [
      'names a helper with a path',
      () => write('.docker/config.json', { credsStore: '../../secret' }),
      'expected the name of',
    ],
    [
      'names a helper that fails',
      () => {
        helper('bad', 'echo c2VjcmV0; exit 3');
        write('.docker/config.json', { credsStore: 'bad' });
      },
      'exit code 3',
    ],
    [
      'names a helper that prints something else',
      () => {
        helper('odd', 'echo c2VjcmV0');
        write('.docker/config.json', { credsStore: 'odd' });
      },
      'expected JSON with "Username" and "Secret"',
    ],
  ])('that %s is an error without what is secret in it', async (_what, prepare, message) => {
    prepare();
    const error = await find().catch((error: unknown) => error as Error);
    expect(error).toMatchObject({ code: 'auth', message: expect.stringContaining(message) });
    expect((error as Error).message).not.toContain('c2VjcmV0');
  });
});
