// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';

/** A package that a test makes up. */
export interface FakePackage {
  readonly name: string;
  readonly version?: string;
  /** Further control fields, such as Depends. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Path -> content, or where a symbolic (`symlink`) or hard link (`link`) leads. */
  readonly files?: Readonly<Record<string, string | Uint8Array | { symlink: string } | { link: string }>>;
  /** Members of the control archive: postinst, triggers, conffiles ... */
  readonly control?: Readonly<Record<string, string>>;
}

/** A signed Debian archive on disk, with one suite "testonia" and one component "main". */
export interface DebianArchive extends Disposable {
  readonly folder: string;
  /** Public part of the key that signs it. */
  readonly keyring: string;
  /** Makes these packages all that the archive has. */
  publish(packages: readonly FakePackage[]): void;
  /** Path of a package's file in the pool. */
  poolFile(name: string, version?: string): string;
}

const suite = 'testonia';

/** Makes an archive below `folder`, with a throw-away key. Needs dpkg-deb and gpg; disposing of it ends gpg's agent. */
export function createArchive(folder: string): DebianArchive {
  const home = join(folder, 'gnupg');
  const root = join(folder, 'archive');
  const keyring = join(folder, 'keyring.gpg');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  mkdirSync(root, { recursive: true });
  gpg(home, [
    '--passphrase',
    '',
    '--quick-generate-key',
    'Test archive <archive@example.com>',
    'ed25519',
    'sign',
    'never',
  ]);
  gpg(home, ['--output', keyring, '--export']);
  const poolFile = (name: string, version = '1.0'): string => join(root, 'pool', `${name}_${version}_all.deb`);
  return {
    folder: root,
    keyring,
    poolFile,
    [Symbol.dispose]: () => void execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'], { stdio: 'pipe' }),
    publish(packages) {
      rmSync(join(root, 'pool'), { recursive: true, force: true });
      const stanzas = packages.map((fake) => {
        const path = poolFile(fake.name, fake.version);
        return indexStanza(buildPackage(fake, path, join(folder, 'build')), path);
      });
      writeRelease(root, home, stanzas.join('\n'));
    },
  };
}

function gpg(home: string, args: readonly string[]): void {
  execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', '--yes', ...args], { stdio: 'pipe' });
}

/** Builds the .deb and returns its control file. */
function buildPackage(fake: FakePackage, path: string, work: string): string {
  rmSync(work, { recursive: true, force: true });
  const fields = {
    Package: fake.name,
    Version: fake.version ?? '1.0',
    Architecture: 'all',
    Maintainer: 'Nobody <nobody@example.com>',
    ...fake.fields,
    Description: 'made up for a test',
  };
  const control = Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
  write(join(work, 'DEBIAN/control'), control);
  for (const [name, text] of Object.entries(fake.control ?? {})) {
    write(join(work, 'DEBIAN', name), text, /^(pre|post)(inst|rm)$|^config$/.test(name) ? 0o755 : 0o644);
  }
  for (const [file, content] of Object.entries(fake.files ?? {})) {
    const target = join(work, file);
    if (typeof content === 'string' || content instanceof Uint8Array) write(target, content);
    else if ('symlink' in content) symlinkIn(target, content.symlink);
    else linkSync(join(work, content.link), target);
  }
  mkdirSync(dirname(path), { recursive: true });
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', work, path], {
    stdio: 'pipe',
    env: { ...process.env, SOURCE_DATE_EPOCH: '1600000000' },
  });
  return control;
}

function symlinkIn(path: string, target: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

function write(path: string, text: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
}

function indexStanza(control: string, path: string): string {
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  return `${control}Filename: pool/${basename(path)}\nSize: ${statSync(path).size}\nSHA256: ${sha256}\n`;
}

function writeRelease(root: string, home: string, packages: string): void {
  const dist = join(root, 'dists', suite);
  rmSync(dist, { recursive: true, force: true });
  const indexes = ['main/binary-amd64/Packages', 'main/binary-arm64/Packages'];
  for (const index of indexes) write(join(dist, index), packages);
  const sha256 = createHash('sha256').update(packages).digest('hex');
  const release = [
    'Origin: Test',
    `Suite: ${suite}`,
    `Codename: ${suite}`,
    'Version: 42.1',
    `Date: ${new Date().toUTCString().replace('GMT', 'UTC')}`,
    'Architectures: amd64 arm64',
    'Components: main',
    'SHA256:',
    ...indexes.map((index) => ` ${sha256} ${Buffer.byteLength(packages)} ${index}`),
    '',
  ].join('\n');
  write(join(dist, 'Release'), release);
  gpg(home, ['--output', join(dist, 'InRelease'), '--clearsign', join(dist, 'Release')]);
}

/** Serves an archive over HTTP on a free port of the loopback; `requests` are the paths that were asked for. */
export async function serveArchive(
  archive: DebianArchive,
): Promise<AsyncDisposable & { readonly url: string; readonly requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/');
    requests.push(path);
    const file = join(archive.folder, path);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-length': statSync(file).size });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A sources file that names an archive and its key. */
export function writeSources(path: string, url: string, keyring: string): string {
  writeFileSync(path, `deb [signed-by=${keyring}] ${url} ${suite} main\n`);
  return path;
}
