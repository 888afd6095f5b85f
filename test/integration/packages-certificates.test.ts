// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage, unpack, writeRecipe } from '../support/recipe-workspace.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Judged by Debian's own update-ca-certificates and openssl.

const workspace = temporaryFolder();
const cache = join(workspace.path, 'cache');
afterAll(() => workspace[Symbol.dispose]());

const base = `packages: [ca-certificates]
only: true
replaced:
  ca-certificates: { config: asks, postinst: "certificates does", trigger update-ca-certificates: the same, trigger update-ca-certificates-fresh: the same }
pick: [/usr/share/ca-certificates]
files: [{ path: /usr/local/share/ca-certificates/Ours (new).crt, source: ours.crt }]
`;

async function rootOf(form: string): Promise<string> {
  const ours = join(workspace.path, 'ours.crt');
  const subject = '/C=DE/O=  Größe   & Co /CN=OURS';
  execFileSync(
    'openssl',
    ['req', '-x509', '-utf8', '-newkey', 'ed25519', '-nodes', '-subj', subject, '-out', ours, '-keyout', '/dev/null'],
    { stdio: 'pipe' },
  );
  const files = { 'ours.crt': readFileSync(ours, 'utf8').trimEnd() };
  const recipe = writeRecipe(workspace.path, form, `${base}certificates: ${form}\n`, files);
  return unpack(await buildImage(recipe, cache), join(workspace.path, `${form}-root`));
}

/** What is in a folder of certificates: name -> where it leads, or "file". */
function linksIn(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    return [entry.name, entry.isSymbolicLink() ? readlinkSync(path) : 'file'] as const;
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('certificates as a directory', () => {
  let root: string;
  let judged: string;

  beforeAll(async () => {
    root = await rootOf('directory');
    judged = join(workspace.path, 'judged');
    mkdirSync(judged);
    const found = execFileSync('find', [join(root, 'usr/share/ca-certificates'), '-name', '*.crt', '-printf', '%P\\n']);
    execFileSync('sh', ['-c', `sort > "${join(workspace.path, 'conf')}"`], { input: found, env: { LC_ALL: 'C' } });
    execFileSync(
      'update-ca-certificates',
      [
        '--certsconf',
        join(workspace.path, 'conf'),
        '--certsdir',
        join(root, 'usr/share/ca-certificates'),
        '--localcertsdir',
        join(root, 'usr/local/share/ca-certificates'),
        '--etccertsdir',
        judged,
        '--hooksdir',
        '/nonexistent',
      ],
      { stdio: 'pipe', env: { ...process.env, LC_ALL: 'C' } },
    );
  });

  it('are the bundle that update-ca-certificates makes, byte for byte', () => {
    const bundle = readFileSync(join(root, 'etc/ssl/certs/ca-certificates.crt'), 'utf8');
    expect(bundle).toBe(readFileSync(join(judged, 'ca-certificates.crt'), 'utf8'));
    expect(bundle.split('BEGIN CERTIFICATE').length).toBeGreaterThan(100);
  });

  it('have the links by name and by hash that it makes', () => {
    const expected = Object.fromEntries(
      Object.entries(linksIn(judged)).map(([name, target]) => [name, target.replace(root, '')]),
    );
    expect(linksIn(join(root, 'etc/ssl/certs'))).toEqual(expected);
    expect(Object.keys(expected)).toContain('Ours_=new=.pem');
  });
});

describe('certificates as a bundle', () => {
  it('are one file, in which openssl finds an issuer', async () => {
    const root = await rootOf('bundle');
    expect(linksIn(join(root, 'etc/ssl/certs'))).toEqual({ 'ca-certificates.crt': 'file' });
    expect(readdirSync(join(root, 'usr/share'))).not.toContain('ca-certificates');
    const bundle = join(root, 'etc/ssl/certs/ca-certificates.crt');
    const verify = ['verify', '-CAfile', bundle, join(workspace.path, 'ours.crt')];
    expect(execFileSync('openssl', verify, { encoding: 'utf8' })).toContain('OK');
  });
});
