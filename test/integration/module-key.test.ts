// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

// Keys and certificates are OpenSSL's.

import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mergeFragments } from '../../src/kernel-build/fragments.ts';
import { moduleKeyLink, settleModuleKey } from '../../src/kernel-build/module-key.ts';
import { runTskit } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const path = (name: string): string => join(folder.path, name);

/** A PEM file with key and certificate, in the order in which the command writes them. */
function generate(name: string, ...kind: readonly string[]): void {
  const subject = ['-subj', '/CN=modules', '-days', '30'];
  const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.crt`)];
  execFileSync('openssl', ['req', '-x509', '-newkey', ...kind, ...subject, ...files], { stdio: 'ignore' });
  concatenate(name, `${name}.key`, `${name}.crt`);
}

function concatenate(name: string, ...parts: readonly string[]): void {
  writeFileSync(path(`${name}.pem`), parts.map((part) => readFileSync(path(part), 'utf8')).join(''));
}

beforeAll(() => {
  generate('rsa', 'rsa:2048', '-nodes');
  generate('other', 'rsa:2048', '-nodes');
  generate('locked', 'rsa:2048', '-passout', 'pass:secret');
  generate('elliptic', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes');
  generate('salted', 'rsa-pss', '-nodes');
  concatenate('alone', 'rsa.key');
  concatenate('strange', 'rsa.key', 'other.crt');
  concatenate('chain', 'rsa.key', 'rsa.crt', 'other.crt');
  concatenate('reversed', 'rsa.crt', 'rsa.key');
});
afterAll(() => folder[Symbol.dispose]());

const settle = (value: string): ReturnType<typeof settleModuleKey> =>
  settleModuleKey(
    mergeFragments([{ name: 'mine.config', text: `CONFIG_A=y\nCONFIG_MODULE_SIG_KEY="${value}"\n` }], {
      series: '6.12',
      architecture: 'amd64',
    }),
  );

test('a key for modules stands in the configuration without the path that it has, and is known by its certificate', async () => {
  const { options, key } = await settle(path('rsa.pem'));
  expect(options.get('CONFIG_MODULE_SIG_KEY')?.value).toBe(`"${moduleKeyLink}"`);
  expect(options.get('CONFIG_A')?.value).toBe('y');
  const der = execFileSync('openssl', ['x509', '-in', path('rsa.crt'), '-noout', '-fingerprint', '-sha256'], {
    encoding: 'utf8',
  });
  expect(key?.certificateHash).toBe(der.split('=')[1]?.trim().replaceAll(':', '').toLowerCase());
  copyFileSync(path('rsa.pem'), path('moved.pem'));
  for (const same of ['moved', 'reversed']) {
    expect((await settle(path(`${same}.pem`))).key?.certificateHash).toBe(key?.certificateHash);
  }
  expect((await settle(path('other.pem'))).key?.certificateHash).not.toBe(key?.certificateHash);
  expect(await settle('certs/signing_key.pem')).not.toHaveProperty('key');
});

test.each<[string, RegExp]>([
  ['missing', /^mine\.config:2: reading the key for modules ".*missing\.pem": ENOENT/],
  ['locked', /expected a private key in PEM, without a passphrase, found /],
  ['elliptic', /expected an RSA key, found one of type "ec"$/],
  ['salted', /expected an RSA key, found one of type "rsa-pss"$/],
  ['alone', /expected an X\.509 certificate in PEM beside the private key, found /],
  ['strange', /expected the certificate of its key, found that of another key$/],
  ['chain', /expected one certificate, that of the key, found 2$/],
])('a file that is no key for modules (%s) is refused', async (name, message) => {
  await expect(settle(path(`${name}.pem`))).rejects.toThrow(message);
});

test.each([moduleKeyLink, '../../rsa.pem', 'rsa.pem'])('a path that is not absolute (%s) is refused', async (value) => {
  await expect(settle(value)).rejects.toMatchObject({
    message: `mine.config:2: CONFIG_MODULE_SIG_KEY: expected the absolute path of a key, found "${value}"`,
    hint: expect.stringContaining('--module-key KEY.pem'),
  });
});

test('a key that would give other bytes every time is refused before anything is downloaded', async () => {
  const args = ['kernel', 'build', '--module-key', path('elliptic.pem'), '--cache', path('cache'), '--offline'];
  const { exitCode, stderr } = await runTskit(args);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(
    'expected an RSA key, found one of type "ec"\nhint: signatures of other keys hold a random number',
  );
});
