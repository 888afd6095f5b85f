// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openStore } from '../../src/oci/store.ts';
import { buildDockerfile } from '../../src/packages/dockerfile.ts';
import { shippedRecipes } from '../../src/packages/folder.ts';
import { testContext } from '../support/build-context.ts';
import { type CliResult, runTskit, tskit } from '../support/cli.ts';
import { createArchive, type DebianArchive, type FakePackage, writeSources } from '../support/debian-archive.ts';
import { freePort } from '../support/free-port.ts';
import { OnTerminal } from '../support/terminal.ts';
import { registryLogin, startRegistry, type TestRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { writeRecipe } from '../support/recipe-workspace.ts';

const workspace = temporaryFolder();
const cache = join(workspace.path, 'cache');
const home = join(workspace.path, 'home');
let archive: DebianArchive;
let sources: string;

const copyright = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: somebody
License: GPL-2+ or our terms

License: our terms
 Be kind.
`;

function changelog(version: string, suite: string, urgency: string, line: string): string {
  return `server (${version}) ${suite}; urgency=${urgency}\n\n  * ${line}\n\n -- A <a@example.com>  Sat, 01 Mar 2025 10:00:00 +0000\n\n`;
}

function server(version: string, log: string): FakePackage {
  return {
    name: 'server',
    version,
    fields: { Depends: 'server-data', Homepage: 'https://example.com/server' },
    files: {
      'usr/bin/server': `#!/bin/sh\n# ${version}\n`,
      'usr/share/doc/server/copyright': copyright,
      'usr/share/doc/server/changelog.Debian.gz': gzipSync(log),
    },
  };
}
function data(version: string): FakePackage {
  return {
    name: 'server-data',
    version,
    fields: { Source: 'server' },
    files: { 'usr/share/server/data': version, 'usr/share/doc/server-data': { symlink: 'server' } },
  };
}

const first = changelog('1.0-1', 'unstable', 'low', 'Fixes CVE-2001-0001.');
const second = changelog('1.0-1+deb12u1', 'bookworm-security', 'high', 'Fixes CVE-2025-1234 (DSA-9999-1).');

function pkg(...args: readonly string[]): Promise<CliResult> {
  const env = { XDG_CACHE_HOME: cache, TSKIT_DEBIAN_SOURCES: sources, HOME: home };
  return runTskit(['pkg', ...args], { cwd: workspace.path, env });
}

beforeAll(() => {
  mkdirSync(home, { recursive: true });
  archive = createArchive(workspace.path);
  archive.publish([server('1.0-1', first), data('1.0-1')]);
  sources = writeSources(join(workspace.path, 'sources.list'), `file:${archive.folder}`, archive.keyring);
  writeRecipe(
    workspace.path,
    'mine',
    '# Serves. And more.\npackages: [server]\nconfig: {entrypoint: [/usr/bin/server]}\n',
  );
});
afterAll(() => {
  archive[Symbol.dispose]();
  workspace[Symbol.dispose]();
});

describe('tskit pkg', () => {
  it('without an action, or with one that it has not, says which there are', async () => {
    expect(await pkg()).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('expected new, build, ls, lock'),
    });
    expect(await pkg('biuld')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('found "biuld"') });
    expect(await pkg('ls', '--tag', 'x')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('belongs to build'),
    });
  });
});

describe('tskit pkg new', () => {
  it('writes a recipe that is valid, and not over anything', async () => {
    expect(await pkg('new', 'fresh')).toMatchObject({ exitCode: 0, stdout: 'fresh/recipe.yml\nfresh/files/fresh' });
    // The made-up archive has no busybox: the recipe gets as far as asking for it.
    expect((await pkg('build', 'fresh')).stderr).toContain('busybox-static');
    expect(await pkg('new', 'fresh')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('new or empty folder'),
    });
    expect(await pkg('new', 'No Name')).toMatchObject({ exitCode: 2 });
  });

  it('of a name that is on the shelf, too, says how the new one is built', async () => {
    const { stderr } = await pkg('new', 'busybox');
    expect(stderr).toContain('next: tskit pkg build ./busybox; in a spec it is pkg:./busybox');
  });

  it('prints what it has written as JSON', async () => {
    expect(JSON.parse((await pkg('new', 'for-programs', '--json')).stdout)).toEqual([
      'for-programs/recipe.yml',
      'for-programs/files/for-programs',
    ]);
  });

  it('says whose folder it cannot write into, and nothing of the cache', async () => {
    writeFileSync(join(workspace.path, 'in-the-way'), '');
    const { exitCode, stderr } = await pkg('new', 'in-the-way/one');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('in-the-way/one') });
    expect(stderr).not.toContain('--cache');
  });
});

describe('tskit pkg build', () => {
  it('makes an image once, names it for specs, and writes it where skopeo reads it under the same digest', async () => {
    const outputs = ['--output', 'oci:layout:1', '--output', 'oci-archive:a.tar', '--output', 'docker-archive:d.tar'];
    const { stdout, stderr } = await pkg('build', 'mine', '--json', '--tag', 'example.com/mine:1', ...outputs);
    expect(stderr).not.toContain('hint');
    const [built] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(built).toMatchObject({ reference: 'pkg:./mine', built: true, tags: ['example.com/mine:1'] });
    const inspect = (image: string): { Digest: string; RepoTags: string[] } =>
      JSON.parse(execFileSync('skopeo', ['inspect', image], { cwd: workspace.path, encoding: 'utf8' }));
    expect(inspect('oci:layout:1').Digest).toBe(built.digest);
    expect(inspect('oci-archive:a.tar').Digest).toBe(built.digest);
    expect(inspect(`oci:${cache}/tskit/oci:example.com/mine:1`).Digest).toBe(built.digest);
    const copied = join(workspace.path, 'copied');
    execFileSync('skopeo', ['copy', '--quiet', `docker-archive:${join(workspace.path, 'd.tar')}`, `dir:${copied}`]);
    expect(JSON.parse((await pkg('build', 'mine', '--json')).stdout)[0]).toMatchObject({
      built: false,
      digest: built.digest,
    });
  });

  it('is given an SBOM of exactly the packages that dpkg has in the image', async () => {
    await pkg('build', 'mine', '--sbom', 'mine.spdx.json', '--output', 'docker-archive:judged.tar');
    const sbom = JSON.parse(readFileSync(join(workspace.path, 'mine.spdx.json'), 'utf8'));
    const root = join(workspace.path, 'root');
    mkdirSync(root);
    const layer = JSON.parse(
      execFileSync('tar', ['-xOf', join(workspace.path, 'judged.tar'), 'manifest.json'], { encoding: 'utf8' }),
    )[0].Layers[0];
    const bytes = execFileSync('tar', ['-xOf', join(workspace.path, 'judged.tar'), layer], { maxBuffer: 1e9 });
    execFileSync('tar', ['-x', '--directory', root], { input: bytes });
    const format = ['--showformat', '${Package} ${Version}\\n'];
    const installed = execFileSync('dpkg-query', ['--root', root, '--show', ...format], { encoding: 'utf8' });
    const packages = sbom.packages.slice(1) as readonly { name: string; versionInfo: string }[];
    expect(packages.map(({ name, versionInfo }) => `${name} ${versionInfo}\n`).join('')).toBe(installed);
    expect(packages[0]).toMatchObject({
      supplier: 'Organization: Nobody (nobody@example.com)',
      sourceInfo: 'built package from: server 1.0-1',
      licenseDeclared: expect.stringMatching(/^GPL-2\.0-or-later OR LicenseRef-our-terms-[0-9a-f]{8}$/),
      checksums: [{ algorithm: 'SHA256', checksumValue: sha256Of(archive.poolFile('server', '1.0-1')) }],
      externalRefs: [{ referenceLocator: 'pkg:deb/debian/server@1.0-1?arch=all&distro=testonia' }],
    });
    expect(packages[1]).toMatchObject({
      sourceInfo: expect.stringContaining('server '),
      licenseDeclared: expect.stringMatching(/^GPL/),
    });
    expect(sbom.hasExtractedLicensingInfos).toEqual([expect.objectContaining({ extractedText: 'Be kind.' })]);
  });

  it('writes the SBOM into a folder that is not there yet', async () => {
    expect(await pkg('build', 'mine', '--sbom', 'new-folder/mine.spdx.json')).toMatchObject({ exitCode: 0 });
    const sbom = JSON.parse(readFileSync(join(workspace.path, 'new-folder/mine.spdx.json'), 'utf8'));
    expect(sbom.spdxVersion).toBe('SPDX-2.3');
  });

  it('takes the file of a recipe for its folder, as all actions do', async () => {
    const { stdout } = await pkg('build', 'mine');
    expect(await pkg('build', 'mine/recipe.yml')).toMatchObject({ exitCode: 0, stdout });
    expect((await pkg('build', join(workspace.path, 'mine/recipe.yml'))).stdout).toContain(stdout.split(' ')[1]);
    expect(await pkg('build', 'mine/files')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('mine/files/recipe.yml", found nothing'),
    });
    writeFileSync(join(workspace.path, 'mine/notes.txt'), '');
    expect(await pkg('build', 'mine/notes.txt')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('expected recipe.yml, build.yml, Dockerfile or its folder, found another file'),
    });
    rmSync(join(workspace.path, 'mine/notes.txt'));
  });

  it('refuses arguments of a Dockerfile for a recipe, which has none', async () => {
    expect(await pkg('build', 'mine', '--build-arg', 'A=1')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--build-arg'),
    });
  });

  it('names the recipe whose step fails, of several', async () => {
    writeRecipe(workspace.path, 'broken', 'packages: [server]\npick: [/usr/bin/sever]\n');
    expect(await pkg('build', 'mine', 'broken')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`"${join(workspace.path, 'broken/recipe.yml')}": pick "/usr/bin/sever"`),
    });
  });

  it('says all that is wrong with the line before it builds', async () => {
    expect(await pkg('build')).toMatchObject({ exitCode: 2 });
    expect(await pkg('build', 'mine', '-o', 'mine.tar')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('oci:DIR'),
    });
    expect(await pkg('build', 'nothere')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('recipe "pkg:nothere"'),
    });
  });
});

function sha256Of(file: string): string {
  return execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64);
}

describe('tskit pkg ls', () => {
  it('has every shipped recipe with what it is', async () => {
    const shelf = JSON.parse((await pkg('ls', '--json')).stdout) as readonly { name: string; description: string }[];
    expect(shelf.map(({ name }) => name)).toContain('nginx');
    expect(shelf.every(({ description }) => description.length > 10)).toBe(true);
    // There is no kernel of ours for it, and all other recipes are listed nevertheless.
    expect(JSON.parse((await pkg('ls', '--json', '--arch', 's390x')).stdout)).toEqual(shelf);
    expect((await pkg('ls')).stdout).toMatch(/^pkg:busybox +A shell and the usual commands in one static program$/m);
  });

  it('says of each what it is in whole words and of itself, not of what it came from', async () => {
    const shelf = JSON.parse((await pkg('ls', '--json')).stdout) as readonly { description: string }[];
    for (const { description } of shelf) {
      expect(description).not.toMatch(/;|[,(]$|label$/);
      expect(description.split('(').length).toBe(description.split(')').length);
      expect(description.length).toBeLessThan(150);
    }
  });

  it('keeps to the width of a terminal, with what a recipe is below its name where there is no room beside it', async () => {
    await using terminal = new OnTerminal([tskit, 'pkg', 'ls'], { env: { XDG_CACHE_HOME: cache, HOME: home } });
    expect(await terminal.ended()).toBe(0);
    const lines = terminal.screen();
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines).toContain('pkg:busybox');
    expect(lines).toContain('    A shell and the usual commands in one static program');
  });
});

describe('a lock beside a recipe', () => {
  it('pins its packages, and an update says what changed, with the security fixes of the changelog', async () => {
    expect((await pkg('lock', 'mine')).stdout).toBe(join(workspace.path, 'mine/tskit.lock'));
    const before = JSON.parse((await pkg('build', 'mine', '--json')).stdout)[0].digest;
    archive.publish([server('1.0-1+deb12u1', second + first), data('1.0-1+deb12u1')]);
    expect(JSON.parse((await pkg('build', 'mine', '--json')).stdout)[0].digest).toBe(before);
    const { stdout } = await pkg('update', 'mine');
    const fixes = 'security (urgency high): DSA-9999-1, CVE-2025-1234';
    expect(stdout.split('\n')).toEqual([
      `pkg:mine (linux/amd64): server 1.0-1 -> 1.0-1+deb12u1, ${fixes}`,
      `pkg:mine (linux/amd64): server-data 1.0-1 -> 1.0-1+deb12u1, ${fixes}`,
    ]);
    expect(JSON.parse((await pkg('build', 'mine', '--json')).stdout)[0].digest).not.toBe(before);
    expect(await pkg('update', 'mine')).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining('nothing has changed'),
    });
  });

  it('is not written beside a recipe of the shelf, which everyone shares', async () => {
    expect(await pkg('lock', 'busybox')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('`tskit lock SPEC`'),
    });
    expect(existsSync(join(shippedRecipes, 'busybox/tskit.lock'))).toBe(false);
  });

  it('is named by its place as JSON', async () => {
    expect(JSON.parse((await pkg('lock', 'mine', '--json')).stdout)).toEqual([join(workspace.path, 'mine/tskit.lock')]);
  });

  it('that asks for other packages than the recipe does now says how it is made anew', async () => {
    writeRecipe(workspace.path, 'other', 'packages: [server-data]\n');
    expect(await pkg('lock', 'other')).toMatchObject({ exitCode: 0 });
    writeRecipe(workspace.path, 'other', 'packages: [server]\n');
    expect(await pkg('build', 'other')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('`tskit pkg update`'),
    });
  });

  it('stays as it is when an update is asked for of something that is not there', async () => {
    writeFileSync(join(workspace.path, 'tskit.lock'), '{"version": 1, "images": {}, "recipes": {}}');
    expect(await pkg('update', 'typo.yml')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('expected a recipe, a spec or a folder, found nothing there'),
    });
    expect(readFileSync(join(workspace.path, 'tskit.lock'), 'utf8')).toBe(
      '{"version": 1, "images": {}, "recipes": {}}',
    );
  });

  it('that is not there cannot be updated', async () => {
    expect(await pkg('update', 'fresh')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('expected a lock'),
    });
  });
});

describe('tskit pkg push', () => {
  it('to a registry that is not there says what was to be pushed where', async () => {
    const reference = `127.0.0.1:${await freePort()}/mine:1`;
    expect(await pkg('push', 'mine', reference)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`tskit: pushing "mine" to "${reference}": HEAD http://`),
    });
  });

  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry({ basic: true });
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  it('without a login is refused with a hint, and with one sends image and SBOM under the digests that they have here', async () => {
    const reference = `${registry.host}/team/mine:2`;
    expect(await pkg('push', 'mine', reference)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('docker login'),
    });
    const auth = Buffer.from(`${registryLogin.user}:${registryLogin.password}`).toString('base64');
    mkdirSync(join(home, '.docker'), { recursive: true });
    writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    const pushed = JSON.parse((await pkg('push', 'mine', reference, '--json')).stdout.trim().split('\n').at(-1) ?? '');
    const login = ['--tls-verify=false', '--creds', `${registryLogin.user}:${registryLogin.password}`];
    const skopeo = (...args: readonly string[]): string => execFileSync('skopeo', [...args], { encoding: 'utf8' });
    const inspected = JSON.parse(skopeo('inspect', ...login, `docker://${reference}`));
    expect(inspected.Digest).toBe(pushed.digest);
    // This registry has no referrers API: the tag that stands for it lists the SBOM, whose manifest names the image.
    const tag = pushed.digest.replace(':', '-');
    const index = JSON.parse(skopeo('inspect', '--raw', ...login, `docker://${registry.host}/team/mine:${tag}`));
    expect(index.manifests).toEqual([expect.objectContaining({ artifactType: 'application/spdx+json' })]);
    const [sbom] = index.manifests;
    const manifest = JSON.parse(
      skopeo('inspect', '--raw', ...login, `docker://${registry.host}/team/mine@${sbom.digest}`),
    );
    expect(manifest.subject.digest).toBe(pushed.digest);
    // Once more sends nothing that is there, and lists the SBOM once.
    await pkg('push', 'mine', reference);
    expect(JSON.parse(skopeo('inspect', '--raw', ...login, `docker://${registry.host}/team/mine:${tag}`))).toEqual(
      index,
    );
  });
});

describe('a folder with a Dockerfile', () => {
  it('is built by buildah, as a LinuxKit package under the name that its build.yml gives, with its label', async () => {
    const folder = join(workspace.path, 'kit');
    mkdirSync(folder);
    copyFileSync('/bin/busybox', join(folder, 'busybox'));
    const run = '["/bin/busybox", "sh", "-c", "/bin/busybox ip -o link > /links"]';
    const dockerfile = `FROM scratch\nARG NAME\nCOPY busybox /bin/busybox\nRUN ${run}\nENV NAME=$NAME\nCMD ["/hello"]\n`;
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    writeFileSync(
      join(folder, 'build.yml'),
      'image: kit\norg: team\ntag: v1\nbuildArgs: [NAME=yml]\nconfig:\n  capabilities: [CAP_SYS_TIME]\n',
    );
    const { stdout, stderr } = await pkg('build', './kit', '--json', '--output', 'oci:kit-layout:1');
    expect(stderr).not.toContain('hint');
    const [built] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(built).toMatchObject({ reference: 'docker.io/team/kit:v1' });
    const image = `oci:${join(workspace.path, 'kit-layout')}:1`;
    const inspect = ['inspect', '--config', image];
    const { config } = JSON.parse(execFileSync('skopeo', inspect, { encoding: 'utf8' }));
    expect(config).toMatchObject({ Cmd: ['/hello'], Env: expect.arrayContaining(['NAME=yml']) });
    expect(JSON.parse(config.Labels['org.mobyproject.config'])).toEqual({ capabilities: ['CAP_SYS_TIME'] });
    // Without `network: true` a command has a network of its own, with nothing in it but the loopback.
    execFileSync('umoci', ['unpack', '--image', image.slice('oci:'.length), join(workspace.path, 'kit-root')], {
      stdio: 'pipe',
    });
    expect(readFileSync(join(workspace.path, 'kit-root/rootfs/links'), 'utf8')).toMatch(/^1: lo: .*\n$/);
  });

  it('that fails says at which step, how, and what the command said, in words', async () => {
    const folder = join(workspace.path, 'failing');
    mkdirSync(folder);
    copyFileSync('/bin/busybox', join(folder, 'busybox'));
    const run = '["/bin/busybox", "sh", "-c", "echo a bad thing >&2; exit 3"]';
    writeFileSync(join(folder, 'Dockerfile'), `FROM scratch\nCOPY busybox /bin/busybox\nRUN ${run}\n`);
    const { exitCode, stderr } = await pkg('build', 'failing/Dockerfile');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `tskit: building "${folder}/Dockerfile" with buildah: step 3/3, RUN ${run}: expected it to succeed, found exit status 3; it said: a bad thing\nhint: `,
    );
  });

  it('is built from nothing that is elsewhere with --offline', async () => {
    const folder = join(workspace.path, 'far');
    mkdirSync(folder);
    // Nobody listens at the discard port: an attempt would be told as one.
    writeFileSync(join(folder, 'Dockerfile'), 'FROM 127.0.0.1:9/base\n');
    const { exitCode, stderr } = await pkg('build', './far', '--offline');
    expect(exitCode).toBe(1);
    expect(stderr).not.toMatch(/dial tcp|connection refused/);
  });

  it('without buildah is an error that says what to install', async () => {
    const folder = join(workspace.path, 'bare');
    mkdirSync(folder);
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\n');
    const ctx = testContext(cache);
    const store = await openStore(cache, ctx.signal);
    vi.stubEnv('PATH', '/nonexistent');
    const building = buildDockerfile(folder, { os: 'linux', architecture: 'amd64' }, ctx, store, []);
    await expect(building).rejects.toMatchObject({
      message: `building "${folder}/Dockerfile": expected buildah, found none in PATH`,
      hint: expect.stringContaining('apt-get install buildah'),
    });
    vi.unstubAllEnvs();
  });
});
