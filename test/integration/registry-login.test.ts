// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { silentReporter } from '../../src/reporter.ts';
import { type Answer, imageRoutes, sampleImage, startHostileRegistry } from '../support/hostile-registry.ts';
import { copyImage, umociImage } from '../support/images.ts';
import { pullImage, pullImages } from '../support/pull-image.ts';
import { registryLogin, startRegistry } from '../support/registry.ts';
import { type KeyPair, makeCertificate, startTokenServer } from '../support/token-server.ts';

const variables = [
  'HOME',
  'DOCKER_CONFIG',
  'REGISTRY_AUTH_FILE',
  'XDG_RUNTIME_DIR',
  'PATH',
  'HTTP_PROXY',
  'http_proxy',
];
const environment = Object.fromEntries(variables.map((name) => [name, process.env[name]]));

let folder: string;
let layout: string;
let keys: KeyPair;
let home: string;
let count = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tskit-login-'));
  layout = join(folder, 'layout');
  keys = await makeCertificate(folder);
  await umociImage(layout, 'web', { layers: [{ 'etc/secret': 'for members only' }] });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(() => {
  count += 1;
  home = join(folder, `home-${count}`);
  mkdirSync(join(home, '.docker'), { recursive: true });
  process.env['HOME'] = home;
  for (const name of ['DOCKER_CONFIG', 'REGISTRY_AUTH_FILE', 'XDG_RUNTIME_DIR']) {
    delete process.env[name];
  }
});

afterEach(() => {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  }
});

const freshCache = (): string => join(home, 'cache');
const dockerConfig = (config: object): void => writeFileSync(join(home, '.docker/config.json'), JSON.stringify(config));
const encoded = (user: string, password: string): string => Buffer.from(`${user}:${password}`).toString('base64');

/** A docker-credential-NAME program in PATH that runs this shell code. */
function credentialHelper(name: string, code: string): void {
  const program = join(home, 'bin', `docker-credential-${name}`);
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(program, `#!/bin/sh\n${code}\n`);
  chmodSync(program, 0o755);
  process.env['PATH'] = `${join(home, 'bin')}:${environment['PATH']}`;
}

describe('a registry that asks for a password', () => {
  it('is logged in to with what `docker login` left, and refuses without it', async () => {
    await using registry = await startRegistry({ basic: true });
    await copyImage(`oci:${layout}:web`, `docker://${registry.host}/web:1`, { login: registryLogin });
    const reference = `${registry.host}/web:1`;
    await expect(pullImage(freshCache(), reference)).rejects.toMatchObject({
      code: 'auth',
      message: expect.stringMatching(/^resolving ".*": GET http:.*: 401 unauthorized/),
      hint: expect.stringContaining(`docker login ${registry.host}`),
    });
    const { user, password } = registryLogin;
    dockerConfig({ auths: { [registry.host]: { auth: encoded(user, password) } } });
    expect((await pullImage(freshCache(), reference)).layers).toHaveLength(1);
  });

  it('says that the login is not accepted, and does not show it', async () => {
    await using registry = await startRegistry({ basic: true });
    dockerConfig({ auths: { [registry.host]: { auth: encoded('alice', 'swordfish') } } });
    const error = await pullImage(freshCache(), `${registry.host}/web:1`).catch((error: unknown) => error as Error);
    expect(error).toMatchObject({ code: 'auth', hint: expect.stringContaining('is not accepted') });
    const shown = `${(error as Error).stack} ${JSON.stringify(error)}`;
    expect(shown).not.toContain('swordfish');
    expect(shown).not.toContain(encoded('alice', 'swordfish'));
  });

  it('is logged in to with a credential helper', async () => {
    await using registry = await startRegistry({ basic: true });
    await copyImage(`oci:${layout}:web`, `docker://${registry.host}/web:1`, { login: registryLogin });
    const answer = JSON.stringify({ Username: registryLogin.user, Secret: registryLogin.password });
    credentialHelper('test', `read -r server; [ "$1 $server" = 'get ${registry.host}' ] && echo '${answer}'`);
    dockerConfig({ credHelpers: { [registry.host]: 'test' } });
    expect((await pullImage(freshCache(), `${registry.host}/web:1`)).layers).toHaveLength(1);
  });

  it('is asked without a login, with a warning, when the helper is missing', async () => {
    await using server = await startHostileRegistry({
      '/v2/web/manifests/1': { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
    });
    dockerConfig({ credsStore: 'desktop-that-is-not-here' });
    const warnings: string[] = [];
    const reporter = { ...silentReporter, warn: (text: string) => void warnings.push(text) };
    await expect(pullImage(freshCache(), `${server.host}/web:1`, { reporter })).rejects.toMatchObject({ code: 'auth' });
    expect(warnings).toEqual([expect.stringContaining('`docker-credential-desktop-that-is-not-here`')]);
  });
});

describe('a registry that asks for tokens', () => {
  const names = { service: 'tskit-test', issuer: 'tskit-test' };

  it.each(['token', 'access_token'] as const)('gets one for everybody, in the member %s', async (member) => {
    await using tokens = await startTokenServer({ ...keys, ...names, member, admit: () => true });
    const realm = `http://${tokens.host}/token`;
    await using registry = await startRegistry({ token: { realm, certificate: keys.certificate } });
    await fill(registry.folder);
    await pullImage(freshCache(), `${registry.host}/web:1`);
    expect(tokens.requests.map(({ path }) => path)).toEqual([
      '/token?service=tskit-test&scope=repository%3Aweb%3Apull',
    ]);
    expect(tokens.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('gets one for a user and a password', async () => {
    const basic = `Basic ${encoded('bob', 'pass:word')}`;
    await using tokens = await startTokenServer({
      ...keys,
      ...names,
      admit: ({ headers }) => headers.authorization === basic,
    });
    const realm = `http://${tokens.host}/token`;
    await using registry = await startRegistry({ token: { realm, certificate: keys.certificate } });
    await fill(registry.folder);
    await expect(pullImage(freshCache(), `${registry.host}/web:1`)).rejects.toMatchObject({
      code: 'auth',
      message: expect.stringContaining(
        `logging in to "${registry.host}": ${realm}: 401 unauthorized: UNAUTHORIZED who are you`,
      ),
    });
    dockerConfig({ auths: { [registry.host]: { auth: encoded('bob', 'pass:word') } } });
    expect((await pullImage(freshCache(), `${registry.host}/web:1`)).layers).toHaveLength(1);
  });

  it('gets one for an identity token, with the OAuth2 request', async () => {
    await using tokens = await startTokenServer({
      ...keys,
      ...names,
      member: 'access_token',
      admit: ({ method, body }) => method === 'POST' && new URLSearchParams(body).get('refresh_token') === 'long lived',
    });
    const realm = `http://${tokens.host}/token`;
    await using registry = await startRegistry({ token: { realm, certificate: keys.certificate } });
    await fill(registry.folder);
    dockerConfig({ auths: { [registry.host]: { identitytoken: 'long lived' } } });
    expect((await pullImage(freshCache(), `${registry.host}/web:1`)).layers).toHaveLength(1);
    expect(Object.fromEntries(new URLSearchParams(tokens.requests[0]?.body))).toMatchObject({
      grant_type: 'refresh_token',
      service: 'tskit-test',
      scope: 'repository:web:pull',
    });
  });

  it('gets another one when the first has expired', async () => {
    const image = sampleImage();
    let issued = 0;
    await using tokens = await startHostileRegistry({
      '/token': () => {
        issued += 1;
        return { body: JSON.stringify({ token: `token-${issued}` }) };
      },
    });
    await using server = await startHostileRegistry(imageRoutes('web', '1', image));
    const challenge = { 'www-authenticate': `Bearer realm="http://${tokens.host}/token",service="s"` };
    const layer = `/v2/web/blobs/${digestOf(image.layers[0] as Buffer)}`;
    for (const [path, route] of Object.entries(server.routes)) {
      const wanted = path === layer ? 'Bearer token-2' : 'Bearer token-1';
      server.routes[path] = (request, before): Answer => {
        if (request.headers.authorization !== wanted) {
          return { status: 401, headers: challenge };
        }
        return typeof route === 'function' ? route(request, before) : route;
      };
    }
    await pullImage(freshCache(), `${server.host}/web:1`);
    expect(issued).toBe(2);
  });

  /** Images cannot be pushed past a token server: what another registry has stored is copied into the folder of this one. */
  async function fill(registryFolder: string): Promise<void> {
    await using open = await startRegistry();
    await copyImage(`oci:${layout}:web`, `docker://${open.host}/web:1`);
    cpSync(join(open.folder, 'data'), join(registryFolder, 'data'), { recursive: true });
  }
});

describe('a registry with TLS', () => {
  it('is refused while its certificate is unknown, and used once certs.d has it', async () => {
    await using registry = await startRegistry({ tls: keys });
    await copyImage(`oci:${layout}:web`, `docker://${registry.host}/web:1`);
    await expect(pullImage(freshCache(), `${registry.host}/web:1`)).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('its certificate is signed by an authority that this machine does not know'),
      hint: expect.stringContaining('certs.d'),
    });
    const trusted = join(home, '.config/containers/certs.d', registry.host);
    mkdirSync(trusted, { recursive: true });
    cpSync(keys.certificate, join(trusted, 'ca.crt'));
    expect((await pullImage(freshCache(), `${registry.host}/web:1`)).layers).toHaveLength(1);
  });
});

describe('a host elsewhere', () => {
  it('is spoken to without TLS only when it is named, and through the proxy of the environment', async () => {
    const image = sampleImage();
    const routes = imageRoutes('web', '1', image);
    const absolute = Object.entries(routes).map(([path, route]) => [`http://registry.example.com${path}`, route]);
    await using proxy = await startHostileRegistry(Object.fromEntries(absolute) as typeof routes);
    process.env['http_proxy'] = `http://${proxy.host}`;
    process.env['HTTP_PROXY'] = `http://${proxy.host}`;
    const { pulled } = await pullImages(freshCache(), ['registry.example.com/web:1'], {
      plainHttp: ['registry.example.com'],
    });
    expect(pulled.get('registry.example.com/web:1')?.digest).toBe(digestOf(image.manifest));
    expect(proxy.requests.length).toBe(3);
  });
});
