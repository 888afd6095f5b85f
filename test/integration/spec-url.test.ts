// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchSpec, parseSpecUrl } from '../../src/commands/spec-url.ts';
import { silentReporter } from '../../src/reporter.ts';
import { type CliResult, runTskit, startTskit } from '../support/cli.ts';
import { type HostileRegistry, type Routes, startHostileRegistry } from '../support/hostile-registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type KeyPair, makeCertificate } from '../support/token-server.ts';
import { until } from '../support/until.ts';

const folder = temporaryFolder();
const body = 'init: [busybox]\n';
const sha256 = createHash('sha256').update(body).digest('hex');

let certificate: KeyPair;
let plain: HostileRegistry;
let secure: HostileRegistry;

beforeAll(async () => {
  certificate = await makeCertificate(folder.path);
  const routes: Routes = {
    '/os.yml': { body },
    '/relative.yml': { body: 'files: [{path: a, source: a.conf}]\n' },
    '/broken.yml': { body: 'servics: []\n' },
    '/loop': { status: 302, headers: { location: '/loop' } },
    '/odd': { status: 302, headers: { location: 'file:///etc/passwd' } },
    '/lost': { status: 301 },
    '/moved': { status: 307, headers: { location: '/os.yml' } },
    '/busy': (_request, before) => (before === 0 ? { status: 503 } : { body }),
    '/huge': { body: Buffer.alloc(17 * 1024 * 1024, '#') },
    '/silent': { silent: true },
    '/drip': { body, dripMs: 20_000 },
  };
  plain = await startHostileRegistry({ ...routes });
  secure = await startHostileRegistry({ ...routes }, certificate);
  plain.routes['/up'] = { status: 302, headers: { location: `https://${secure.host}/os.yml` } };
  plain.routes['/away'] = { status: 302, headers: { location: `http://${anybody()}/os.yml` } };
  secure.routes['/down'] = { status: 302, headers: { location: `http://${plain.host}/os.yml` } };
});
afterAll(async () => {
  await plain[Symbol.asyncDispose]();
  await secure[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** The plain server under an address that does not look like this machine's own. */
function anybody(): string {
  return plain.host.replace('127.0.0.1', '0.0.0.0');
}

function dryRun(...args: string[]): Promise<CliResult> {
  const env = { NODE_EXTRA_CA_CERTS: certificate.certificate };
  return runTskit(['build', '--dry-run', ...args], { cwd: folder.path, env });
}

describe('a spec from a URL', () => {
  test('with its digest is read, whatever way it comes', async () => {
    for (const host of [`https://${secure.host}`, `http://${plain.host}`, `http://${anybody()}`]) {
      expect(await dryRun(`${host}/os.yml@sha256:${sha256}`)).toMatchObject({
        exitCode: 0,
        stdout: 'init:\n  - busybox',
        stderr: '',
      });
    }
  });

  test.each([
    ['https', () => `https://${secure.host}`],
    ['http of this machine', () => `http://${plain.host}`],
  ])('without digest over %s is read with a warning that has the digest to add', async (_what, host) => {
    const { exitCode, stdout, stderr } = await dryRun(`${host()}/os.yml`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'init:\n  - busybox' });
    expect(stderr).toMatch(/^warning: spec "https?:.*\/os\.yml" is used without a digest/);
    expect(stderr).toContain(`add @sha256:${sha256}`);
  });

  test('without digest over http of another machine is refused before anything is asked', async () => {
    const before = plain.requests.length;
    const { exitCode, stderr } = await dryRun(`http://${anybody()}/os.yml`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`expected https, or a digest, found plain http to "${anybody()}" without one`);
    expect(plain.requests).toHaveLength(before);
  });

  test('with another digest is refused with both, and not asked for again', async () => {
    const before = secure.requests.length;
    const { exitCode, stdout, stderr } = await dryRun(`https://${secure.host}/os.yml@sha256:${'0'.repeat(64)}`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(`expected sha256:${'0'.repeat(64)}, found sha256:${sha256}`);
    expect(secure.requests).toHaveLength(before + 1);
  });

  test('follows redirects, up to https too', async () => {
    for (const url of [`https://${secure.host}/moved`, `http://${plain.host}/up`]) {
      expect(await dryRun(`${url}@sha256:${sha256}`)).toMatchObject({ exitCode: 0 });
    }
  });

  test.each<[string, () => string, string]>([
    [
      'from https down to http',
      () => `https://${secure.host}/down@sha256:${sha256}`,
      'expected https to the end, found a redirect to "http://127.0.0.1:',
    ],
    [
      'to http of another machine',
      () => `http://${plain.host}/away`,
      'expected https, or a digest, found plain http to "0.0.0.0:',
    ],
    ['in a circle', () => `https://${secure.host}/loop`, 'expected at most 5 redirects, found more'],
    [
      'to a file',
      () => `http://${plain.host}/odd`,
      'expected a redirect to an http(s) URL, found "file:///etc/passwd"',
    ],
    ['to nowhere', () => `http://${plain.host}/lost`, 'expected a redirect to an http(s) URL, found "none"'],
  ])('that is redirected %s is refused', async (_what, url, message) => {
    const { exitCode, stderr } = await dryRun(url());
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
  });

  test.each<[string, string, string]>([
    ['that is not there', '/none', 'expected an answer with status 200, found 404'],
    ['that is too large', '/huge', 'expected at most 16777216 bytes, found more'],
    [
      'with a path of its own',
      '/relative.yml',
      '/relative.yml:1:27: files[0].source: expected an absolute path, found "a.conf": a spec from a URL lies in no folder',
    ],
    ['with mistakes', '/broken.yml', '/broken.yml:1:1: servics: expected a known key'],
  ])('%s is an error', async (_what, name, message) => {
    const { exitCode, stderr } = await dryRun(`http://${plain.host}${name}`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
  });

  test('is asked for again when the server is busy', async () => {
    expect(await dryRun(`http://${plain.host}/busy@sha256:${sha256}`)).toMatchObject({ exitCode: 0 });
  });

  test('with password and query shows neither', async () => {
    const { stderr } = await dryRun(`http://me:secret@${plain.host}/none?token=hidden`);
    expect(stderr).toContain(`fetching spec "http://${plain.host}/none"`);
    expect(stderr).not.toMatch(/secret|hidden/);
    expect(plain.requests.at(-1)?.headers.authorization).toMatch(/^Basic /);
  });

  test.each([
    [
      `https://127.0.0.1/os.yml@SHA256:${'0'.repeat(64)}`,
      'expected "@sha256:" and 64 lower-case hex digits, found "@SHA256:',
    ],
    ['https://127.0.0.1/os.yml@sha256:12', 'expected "@sha256:" and 64 lower-case hex digits, found "@sha256:12"'],
    [
      `https://127.0.0.1/os.yml@md5:${'0'.repeat(32)}`,
      'expected "@sha256:" and 64 lower-case hex digits, found "@md5:',
    ],
    ['https://', 'expected a URL such as "https://example.org/os.yml"'],
  ])('%s is refused', async (url, message) => {
    const { exitCode, stderr } = await dryRun(url);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
  });

  test('is none with --offline', async () => {
    const { exitCode, stderr } = await dryRun('--offline', `https://${secure.host}/os.yml@sha256:${sha256}`);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('expected a file, since --offline opens no socket, found a URL');
  });

  test.each(['/silent', '/drip'])('that takes too long, as %s, is given up', async (name) => {
    const options = { limit: 100, offline: false, env: {}, reporter: silentReporter, timeoutMs: 300 };
    const signal = new AbortController().signal;
    await expect(fetchSpec(parseSpecUrl(`http://${plain.host}${name}`), { ...options, signal })).rejects.toMatchObject({
      code: 'network',
      message: `fetching spec "http://${plain.host}${name}": expected all of it within 0.3 seconds, found it slower`,
    });
  });

  test.each(['/silent', '/drip'])('that never ends, as %s, ends with Ctrl-C', async (name) => {
    const before = plain.requests.length;
    const child = startTskit(['build', '--dry-run', `http://${plain.host}${name}`], { cwd: folder.path });
    await until('it is asked for', () => plain.requests.length > before);
    child.kill('SIGINT');
    expect(await child.ended).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('interrupted by SIGINT') });
  });
});
