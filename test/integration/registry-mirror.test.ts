// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageRoutes, sampleImage, startHostileRegistry } from '../support/hostile-registry.ts';
import { type CliResult, runTskit } from '../support/cli.ts';
import { copyImage, umociImage } from '../support/images.ts';
import { registryLogin, startRegistry, type TestRegistry } from '../support/registry.ts';
import { type KeyPair, makeCertificate } from '../support/token-server.ts';

let folder: string;
let layout: string;
let mirror: TestRegistry;
let keys: KeyPair;
let count = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tskit-mirror-'));
  layout = join(folder, 'layout');
  mirror = await startRegistry();
  keys = await makeCertificate(folder);
  await umociImage(layout, 'web', { layers: [{ 'bin/serve': 'x' }], entrypoint: ['/bin/serve'] });
  await copyImage(`oci:${layout}:web`, `docker://${mirror.host}/library/web:1`);
  await copyImage(`oci:${layout}:web`, `docker://${mirror.host}/proxy/hub/library/web:1`);
});
afterAll(async () => {
  await mirror.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Builds a spec with one service of this image, with a cache and a home of its own. */
async function build(
  image: string,
  globals: readonly string[],
  env: Readonly<Record<string, string>> = {},
  home = join(folder, 'no-home'),
): Promise<CliResult> {
  count += 1;
  const spec = join(folder, 'os.yml');
  writeFileSync(spec, `services:\n  - name: web\n    image: ${image}\n`);
  const cache = join(folder, `cache-${count}`);
  const args = [...globals, '--cache', cache, 'build', '--format', 'tar', '--dir', join(folder, `out-${count}`), spec];
  return await runTskit(args, {
    env: { HOME: home, DOCKER_CONFIG: '', XDG_RUNTIME_DIR: '', LINUXKIT_MIRROR: '', TSKIT_MIRROR: '', ...env },
  });
}

/** A port of the loopback that nobody listens on. */
const nobody = '127.0.0.1:1';

describe('a mirror', () => {
  test.each<[string, (host: string) => readonly string[], (host: string) => Record<string, string>]>([
    ['of all registries', (host) => ['--mirror', `http://${host}`], () => ({})],
    ['of Docker Hub', (host) => ['--mirror', `docker.io=http://${host}/`], () => ({})],
    ['below a path', (host) => ['--mirror', `http://${host}/proxy/hub`], () => ({})],
    ['of TSKIT_MIRROR', () => [], (host) => ({ TSKIT_MIRROR: `ghcr.io=https://x.example docker.io=http://${host}` })],
    ['of LINUXKIT_MIRROR', () => [], (host) => ({ LINUXKIT_MIRROR: `ghcr.io=https://x.example,http://${host}` })],
    [
      'of the command line rather than of the environment',
      (host) => ['--mirror', `http://${host}`],
      () => ({ TSKIT_MIRROR: `http://${nobody}` }),
    ],
  ])('%s is asked instead of the registry', async (_, globals, env) => {
    const { exitCode, stderr } = await build('web:1', globals(mirror.host), env(mirror.host));
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stderr).toMatch(/^images of docker\.io come from the mirror http:/m);
  });

  test('that is down fails the build, which names it and does not go to the registry', async () => {
    const { exitCode, stdout, stderr } = await build('web:1', ['--mirror', `http://${nobody}`]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(
      `resolving "web:1": GET http://${nobody}/v2/library/web/manifests/1: the connection was refused`,
    );
  });

  test('of another registry is not asked', async () => {
    await using other = await startHostileRegistry({});
    const reference = `${mirror.host}/library/web:1`;
    const { exitCode } = await build(reference, ['--mirror', `docker.io=http://${other.host}`]);
    expect({ exitCode, requests: other.requests }).toEqual({ exitCode: 0, requests: [] });
  });

  test('leaves the image under its own name: the next build needs no mirror', async () => {
    const args = (extra: readonly string[]) => [
      'build',
      '--format',
      'tar',
      '--dir',
      join(folder, 'kept-out'),
      '--cache',
      join(folder, 'kept'),
      ...extra,
      join(folder, 'os.yml'),
    ];
    writeFileSync(join(folder, 'os.yml'), 'services:\n  - name: web\n    image: web:1\n');
    expect((await runTskit(args(['--mirror', `http://${mirror.host}`]))).exitCode).toBe(0);
    expect((await runTskit(args(['--offline']))).exitCode).toBe(0);
  });

  test('is logged in to by its own host, and never with the login of the registry', async () => {
    await using closed = await startRegistry({ basic: true });
    await copyImage(`oci:${layout}:web`, `docker://${closed.host}/library/web:1`, { login: registryLogin });
    const home = mkdtempSync(join(folder, 'home-'));
    const login = (host: string): void => {
      const auth = Buffer.from(`${registryLogin.user}:${registryLogin.password}`).toString('base64');
      writeFileSync(join(home, 'auth.json'), JSON.stringify({ auths: { [host]: { auth } } }));
    };
    const env = { REGISTRY_AUTH_FILE: join(home, 'auth.json') };
    login('https://index.docker.io/v1/');
    const refused = await build('web:1', ['--mirror', `http://${closed.host}`], env, home);
    expect(refused.stderr).toMatch(/401 unauthorized/);
    expect(refused.stderr).toContain(`docker login ${closed.host}`);
    login(closed.host);
    expect((await build('web:1', ['--mirror', `http://${closed.host}`], env, home)).exitCode).toBe(0);
  });

  test('with TLS is never spoken to without it', async () => {
    const image = sampleImage();
    await using plain = await startHostileRegistry(imageRoutes('library/web', '1', image));
    const { exitCode, stderr } = await build('web:1', ['--mirror', `https://${plain.host}`]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`GET https://${plain.host}/v2/library/web/manifests/1: `);
    expect(plain.requests).toEqual([]);
  });
});

describe('--cert-file', () => {
  test('makes a registry trusted whose certificate nobody else has signed', async () => {
    await using secure = await startRegistry({ tls: keys });
    await copyImage(`oci:${layout}:web`, `docker://${secure.host}/library/web:1`);
    const globals = ['--mirror', `https://${secure.host}`];
    const refused = await build('web:1', globals);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/signed by an authority that this machine does not know[\s\S]*--cert-file/);
    expect((await build('web:1', [...globals, '--cert-file', keys.certificate])).exitCode).toBe(0);
  });

  test.each([
    ['a file that is not there', 'missing.pem', 'found ENOENT'],
    ['a file without a certificate', 'os.yml', 'found none that can be read'],
  ])('of %s is refused', async (_, name, message) => {
    const { exitCode, stderr } = await build('web:1', ['--cert-file', join(folder, name)]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});
