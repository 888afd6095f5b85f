// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Descriptor } from '../../src/oci/types.ts';
import {
  createArchive,
  type DebianArchive,
  type FakePackage,
  serveArchive,
  writeSources,
} from '../support/debian-archive.ts';
import { buildImage, listLayer, lockOf, lockWith, unpack, writeRecipe } from '../support/recipe-workspace.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const greeter: FakePackage = {
  name: 'greeter',
  fields: { Depends: 'greetings (>= 1.0), unwanted | greetings' },
  files: {
    'bin/greet': '#!/bin/sh\n',
    'bin/hello': { link: 'bin/greet' },
    'lib/greeter/größe.so': 'library',
    'usr/share/doc/greeter/copyright': 'free',
    'usr/share/man/man1/greet.1': 'manual',
    'etc/greeter.conf': 'polite\n',
  },
  control: { conffiles: '/etc/greeter.conf\n' },
};
const greetings: FakePackage = {
  name: 'greetings',
  fields: { 'Multi-Arch': 'foreign', Depends: 'words' },
  files: { 'usr/share/greetings/en': 'hello\n', 'usr/share/greetings/default': { symlink: 'en' } },
};
const words: FakePackage = { name: 'words', files: { 'usr/share/words/list': 'a\nb\n' } };
const meta: FakePackage = { name: 'meta-amd64', fields: { Depends: 'greeter (= 1.0)' } };
const scripted: FakePackage = {
  name: 'scripted',
  files: { 'usr/bin/scripted': 'x' },
  control: {
    preinst: '#!/bin/sh\n',
    postinst: '#!/bin/sh\n',
    prerm: '#!/bin/sh\n',
    triggers: '# a comment\ninterest-noawait /usr/share/words\nactivate ldconfig\n',
  },
};

const workspace = temporaryFolder();
let archive: DebianArchive;
let server: Awaited<ReturnType<typeof serveArchive>>;
let count = 0;

/** A cache that no other test has used. */
function freshCache(): string {
  count += 1;
  return join(workspace.path, `cache-${count}`);
}

function recipe(text: string, files: Record<string, string> = {}): string {
  count += 1;
  return writeRecipe(workspace.path, `recipe-${count}`, text, files);
}

beforeAll(async () => {
  archive = createArchive(workspace.path);
  server = await serveArchive(archive);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  archive[Symbol.dispose]();
  workspace[Symbol.dispose]();
});

function useArchive(packages: readonly FakePackage[], url = server.url): void {
  archive.publish(packages);
  vi.stubEnv('TSKIT_DEBIAN_SOURCES', writeSources(join(workspace.path, 'sources.list'), url, archive.keyring));
  vi.stubEnv('no_proxy', '127.0.0.1');
}
afterEach(() => void vi.unstubAllEnvs());

const all = [greeter, greetings, words, meta, scripted];

describe('an image of a recipe', () => {
  it('is one plain layer with the files of the packages and of all that they need, under merged /usr', async () => {
    useArchive(all);
    const image = await buildImage(recipe('packages: [greeter]'), freshCache());
    expect(image.manifest.layers.map(({ mediaType }) => mediaType)).toEqual(['application/vnd.oci.image.layer.v1.tar']);
    expect(listLayer(image)).toEqual(
      expect.arrayContaining([
        'lrwxrwxrwx 0/0 0 2021-01-01 00:00 bin -> usr/bin',
        '-rw-r--r-- 0/0 10 2020-09-13 12:26 usr/bin/greet',
        'hrw-r--r-- 0/0 0 2020-09-13 12:26 usr/bin/hello link to usr/bin/greet',
        '-rw-r--r-- 0/0 7 2020-09-13 12:26 usr/lib/greeter/größe.so',
        'lrwxrwxrwx 0/0 0 2020-09-13 12:26 usr/share/greetings/default -> en',
        '-rw-r--r-- 0/0 4 2020-09-13 12:26 usr/share/words/list',
        'drwxrwxrwt 0/0 0 2021-01-01 00:00 tmp/',
        expect.stringMatching(/^-rw-r--r-- 0\/0 \d+ 2021-01-01 00:00 etc\/passwd$/),
      ]),
    );
  });

  it('is made of the packages of which something was picked, and asks no answer for scripts of others', async () => {
    useArchive([{ ...greeter, fields: { Depends: 'scripted, words' } }, words, scripted]);
    const image = await buildImage(
      recipe('packages: [greeter]\npick: [/bin/greet, /usr/share/doc/*/copyright]'),
      freshCache(),
    );
    const root = unpack(image, join(workspace.path, 'kept'));
    const status = execFileSync('dpkg-query', ['--root', root, '--show', '--showformat', '${Package} '], {
      encoding: 'utf8',
    });
    expect(status).toBe('greeter ');
    expect(readdirSync(join(root, 'usr/share/doc'))).toEqual(['greeter']);
  });

  it('takes the first of several names that the archive has, and leaves out what it has not', async () => {
    useArchive(all);
    const text = 'packages: [{any: [words-ng, words]}, {name: more-words, optional: true}]\n';
    const image = await buildImage(recipe(text), freshCache());
    expect(listLayer(image)).toEqual(expect.arrayContaining([expect.stringContaining('usr/share/words/list')]));
  });

  it('is read by skopeo out of the cache', async () => {
    useArchive(all);
    const cache = freshCache();
    const name = recipe('packages: [words]\nconfig: {entrypoint: [/bin/x, y], user: "7", labels: {a: b, c: {d: [1]}}}');
    const image = await buildImage(name, cache);
    const { manifests } = JSON.parse(readFileSync(join(cache, 'oci/index.json'), 'utf8'));
    const reference = manifests
      .map((entry: Descriptor) => entry.annotations?.['org.opencontainers.image.ref.name'])
      .find((text: string) => text.startsWith('pkg:'));
    const config = JSON.parse(
      execFileSync('skopeo', ['inspect', '--config', `oci:${cache}/oci:${reference}`], { encoding: 'utf8' }),
    );
    expect(config.config).toMatchObject({
      Entrypoint: ['/bin/x', 'y'],
      User: '7',
      Labels: { a: 'b', c: '{"d":[1]}' },
      Env: [expect.stringMatching(/^PATH=/)],
    });
    expect(config.rootfs.diff_ids).toEqual([image.manifest.layers[0]?.digest]);
  });

  it('has a database that dpkg reads: what is installed, whose each file is, and that nothing was changed', async () => {
    useArchive(all);
    const image = await buildImage(recipe('packages: [greeter]\npick: ["!/usr/share/man"]'), freshCache());
    const root = unpack(image, join(workspace.path, 'dpkg-root'));
    const dpkg = (...args: string[]): string => execFileSync('dpkg', [`--root=${root}`, ...args], { encoding: 'utf8' });
    expect(
      dpkg('--list')
        .match(/^ii .*$/gm)
        ?.map((line) => line.split(/\s+/)[1]),
    ).toEqual(['greeter', 'greetings', 'words']);
    expect(dpkg('--search', '/bin/greet')).toBe('greeter: /bin/greet\n');
    expect(dpkg('--listfiles', 'greeter').split('\n')).toContain('/usr/share/doc/greeter/copyright');
    expect(dpkg('--listfiles', 'greeter')).not.toContain('/usr/share/man');
    expect(dpkg('--verify')).toBe('');
    appendFileSync(join(root, 'etc/greeter.conf'), 'rude\n');
    expect(dpkg('--verify')).toBe('??5?????? c /etc/greeter.conf\n');
  });

  it('says its release in os-release, and whose ids are whose', async () => {
    useArchive(all);
    const name = recipe('packages: [words]\nusers: [{name: web, uid: 33, gid: 33}]\ngroups: [{name: web, gid: 33}]');
    const root = unpack(await buildImage(name, freshCache()), join(workspace.path, 'release-root'));
    const osRelease = readFileSync(join(root, 'etc/os-release'), 'utf8');
    expect(osRelease).toContain('ID=debian\n');
    expect(osRelease).toContain('VERSION_ID="42"\n');
    expect(osRelease).toContain('VERSION_CODENAME=testonia\n');
    expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toContain(
      'web:x:33:33:web:/nonexistent:/usr/sbin/nologin\n',
    );
    expect(readFileSync(join(root, 'etc/group'), 'utf8')).toContain('web:x:33:\n');
  });

  it('is shaped by pick, move, tar, dirs, links and files, in this order', async () => {
    useArchive(all);
    const name = recipe(
      `
packages: [greeter]
pick: [/bin/greet, /usr/share/greetings, /lib/greeter]
move: [{from: /usr/share/gree*/en, to: /opt/english}]
tar: [{from: /lib/greeter, to: /greeter.tar, as: /lib/greeter}]
dirs: [{path: /srv/data, mode: "0700", uid: 5, gid: 6}]
links: [{path: /srv/link, target: data}, {in: /usr/sbin, names: [a, b], target: ../bin/greet}]
files: [{path: /srv/text, contents: hi, mode: "0640"}, {path: /srv/source, source: some/file, uid: 9}]
`,
      { 'some/file': 'from the recipe' },
    );
    const image = await buildImage(name, freshCache());
    const paths = listLayer(image).map((line) => line.split(' ').slice(5).join(' '));
    expect(paths).not.toContain('usr/share/words/list');
    expect(paths).not.toContain('usr/lib/greeter/');
    expect(listLayer(image)).toEqual(
      expect.arrayContaining([
        '-rw-r--r-- 0/0 6 2020-09-13 12:26 opt/english',
        'drwx------ 5/6 0 2021-01-01 00:00 srv/data/',
        'lrwxrwxrwx 0/0 0 2021-01-01 00:00 srv/link -> data',
        'lrwxrwxrwx 0/0 0 2021-01-01 00:00 usr/sbin/b -> ../bin/greet',
        '-rw-r----- 0/0 2 2021-01-01 00:00 srv/text',
        '-rw-r--r-- 9/0 15 2021-01-01 00:00 srv/source',
      ]),
    );
    const root = unpack(image, join(workspace.path, 'shaped-root'));
    expect(
      execFileSync('tar', ['--list', '--quoting-style=literal', '--file', join(root, 'greeter.tar')], {
        encoding: 'utf8',
      }),
    ).toBe('lib/greeter/\nlib/greeter/größe.so\n');
  });

  it('takes a followed metapackage for the package behind it, and with `only` nothing else', async () => {
    useArchive(all);
    const lock = await lockOf(recipe('packages: [{follow: "meta-${arch}"}]\nonly: true'), freshCache());
    const pins = Object.values(lock.recipes)[0]?.['linux/amd64'];
    expect(pins?.packages.map(({ name }) => name)).toEqual(['greeter']);
    expect(pins?.request).toEqual(['follow meta-${arch}', 'only']);
  });

  it('leaves out what hangs on nothing but `without`', async () => {
    useArchive(all);
    const lock = await lockOf(recipe('packages: [greeter]\nwithout: [greetings]'), freshCache());
    expect(Object.values(lock.recipes)[0]?.['linux/amd64']?.packages.map(({ name }) => name)).toEqual(['greeter']);
  });
});

describe('a package that another one overlaps', () => {
  const clash = (fields: Record<string, string>): FakePackage => ({
    name: 'clash',
    fields: { Depends: 'words', ...fields },
    files: { 'usr/share/words/list': 'other\n' },
  });

  it('is an error that names both', async () => {
    useArchive([words, clash({})]);
    await expect(buildImage(recipe('packages: [clash]'), freshCache())).rejects.toMatchObject({
      code: 'package',
      message: expect.stringMatching(/"\/usr\/share\/words\/list" of package "words".*"clash" has it too/),
    });
  });

  it('gives way to the one that replaces it, whichever comes first', async () => {
    useArchive([words, clash({ Replaces: 'words (<< 2)' })]);
    const root = unpack(
      await buildImage(recipe('packages: [clash]'), freshCache()),
      join(workspace.path, 'clash-root'),
    );
    expect(readFileSync(join(root, 'usr/share/words/list'), 'utf8')).toBe('other\n');
    expect(execFileSync('dpkg', [`--root=${root}`, '--search', '/usr/share/words/list'], { encoding: 'utf8' })).toBe(
      'clash: /usr/share/words/list\n',
    );
  });
});

describe('maintainer scripts and triggers', () => {
  it('that the recipe does not answer for stop the build, all of them named, with what to add', async () => {
    useArchive(all);
    const cache = freshCache();
    await expect(buildImage(recipe('packages: [scripted]'), cache)).rejects.toMatchObject({
      code: 'package',
      message: expect.stringMatching(
        /scripted: preinst, postinst, trigger \/usr\/share\/words, trigger ldconfig \(in ".*\.deb"\)/,
      ),
      hint: expect.stringContaining('replaced:\n  scripted:\n    preinst: '),
    });
    expect(existsSync(join(cache, 'oci'))).toBe(false);
    expect(readdirSync(join(cache, 'tmp'))).toEqual([]);
  });

  it('are not run, and not in the image, when the recipe answers for them', async () => {
    useArchive(all);
    const name = recipe(`
packages: [scripted]
replaced:
  script*: {preinst: not needed, postinst: see links, "trigger /usr/share/words": no words}
  "*": {trigger ldconfig: default directories}
`);
    const root = unpack(await buildImage(name, freshCache()), join(workspace.path, 'scripted-root'));
    expect(readdirSync(join(root, 'var/lib/dpkg/info')).sort()).toEqual([
      'format',
      'scripted.list',
      'scripted.md5sums',
    ]);
  });
});

describe('a lock', () => {
  it('makes the same image in another cache, under another umask, in another time zone, after new versions came', async () => {
    useArchive(all);
    const name = recipe('packages: [greeter]');
    const lock = await lockOf(name, freshCache());
    const first = await buildImage(name, freshCache(), {}, lock);
    useArchive([...all, { ...words, version: '2.0' }]);
    const umask = process.umask(0o077);
    vi.stubEnv('TZ', 'Asia/Tokyo');
    try {
      expect((await buildImage(name, freshCache(), {}, lock)).digest).toBe(first.digest);
    } finally {
      process.umask(umask);
    }
  });

  it('whose version left the archive is an error that names the package and `tskit lock --update`', async () => {
    useArchive(all);
    const name = recipe('packages: [words]');
    const lock = await lockOf(name, freshCache());
    useArchive([{ ...words, version: '2.0' }]);
    await expect(buildImage(name, freshCache(), {}, lock)).rejects.toMatchObject({
      code: 'lock',
      message: expect.stringContaining('"words" 1.0'),
      hint: expect.stringContaining('tskit lock --update'),
    });
  });

  it('whose version is another file by now is an error, not another image', async () => {
    useArchive(all);
    const name = recipe('packages: [words]');
    const lock = await lockOf(name, freshCache());
    useArchive([{ ...words, files: { 'usr/share/words/list': 'other' } }]);
    await expect(buildImage(name, freshCache(), {}, lock)).rejects.toMatchObject({ code: 'digest' });
  });

  it.each([
    [{ version: '9.9-1' }, 'package "words": expected version "9.9-1", found "1.0"'],
    [{ architecture: 'amd64' }, 'package "words": expected architecture "amd64", found "all"'],
    [{ size: 5 }, /^downloading "words" 1\.0: expected 5 bytes, found \d+$/],
  ])('that was edited is an error, though the file is the pinned one: %j', async (change, message) => {
    useArchive(all);
    const cache = freshCache();
    const name = recipe('packages: [words]');
    const pins = (await lockOf(name, cache)).recipes[`pkg:${name}`]?.['linux/amd64'];
    if (pins === undefined) throw new Error('expected a pinned recipe');
    await buildImage(name, cache, {}, lockWith(name, pins));
    const edited = { ...pins, packages: pins.packages.map((pin) => ({ ...pin, ...change })) };
    await expect(buildImage(name, cache, {}, lockWith(name, edited))).rejects.toMatchObject({
      code: 'lock',
      message: expect.stringMatching(message),
    });
  });

  it('without the recipe, or for other packages, is an error that says what to run', async () => {
    useArchive(all);
    const name = recipe('packages: [words]');
    const lock = await lockOf(name, freshCache());
    await expect(buildImage(recipe('packages: [words]'), freshCache(), {}, lock)).rejects.toMatchObject({
      code: 'lock',
      hint: expect.stringContaining('tskit lock'),
    });
    writeFileSync(join(name, 'recipe.yml'), 'packages: [greetings]');
    await expect(buildImage(name, freshCache(), {}, lock)).rejects.toMatchObject({
      code: 'lock',
      message: expect.stringContaining('(words), found greetings'),
    });
  });
});

describe('a stored image', () => {
  it('is used without a look at the archive, until --pull asks or the recipe changes', async () => {
    useArchive(all);
    const cache = freshCache();
    const name = recipe('packages: [words]');
    const first = await buildImage(name, cache);
    const asked = server.requests.length;
    expect((await buildImage(name, cache, { offline: true })).digest).toBe(first.digest);
    expect(server.requests).toHaveLength(asked);
    writeFileSync(join(name, 'recipe.yml'), 'packages: [words]\ndirs: [{path: /new}]');
    expect((await buildImage(name, cache)).digest).not.toBe(first.digest);
  });

  it('is built again offline from the packages in the cache when the image itself is gone', async () => {
    useArchive(all);
    const cache = freshCache();
    const name = recipe('packages: [greeter]');
    const first = await buildImage(name, cache);
    rmSync(join(cache, 'oci'), { recursive: true });
    expect((await buildImage(name, cache, { offline: true })).digest).toBe(first.digest);
  });

  it('that is nowhere is an error offline, which opens no socket', async () => {
    useArchive(all);
    const asked = server.requests.length;
    await expect(buildImage(recipe('packages: [words]'), freshCache(), { offline: true })).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('--offline'),
    });
    expect(server.requests).toHaveLength(asked);
  });
});

describe('an archive', () => {
  it('in a folder (file:) is as good as one on the network', async () => {
    useArchive(all, `file:${archive.folder}`);
    const cache = freshCache();
    const image = await buildImage(recipe('packages: [words]'), cache);
    expect(listLayer(image).join('\n')).toContain('usr/share/words/list');
    const [file] = readdirSync(join(cache, 'apt/archives'));
    rmSync(archive.folder, { recursive: true });
    expect(statSync(join(cache, 'apt/archives', file ?? '')).size).toBeGreaterThan(0);
  });

  it('that another key signed is refused', async () => {
    useArchive(all);
    using other = createArchive(join(workspace.path, 'other'));
    vi.stubEnv('TSKIT_DEBIAN_SOURCES', writeSources(join(workspace.path, 'o.list'), server.url, other.keyring));
    await expect(buildImage(recipe('packages: [words]'), freshCache())).rejects.toMatchObject({
      code: 'package',
      message: expect.stringMatching(/reading Debian's package lists.*(not signed|NO_PUBKEY)/),
      hint: expect.stringContaining('debian-archive-keyring'),
    });
  });

  it('with a package that is not what the signed list says is refused', async () => {
    useArchive(all);
    appendFileSync(archive.poolFile('words'), 'more');
    await expect(buildImage(recipe('packages: [words]'), freshCache())).rejects.toMatchObject({
      message: expect.stringMatching(/downloading Debian packages: .*words/),
    });
  });

  it('that cannot be reached is a network error', async () => {
    useArchive(all, 'http://127.0.0.1:9');
    await expect(buildImage(recipe('packages: [words]'), freshCache())).rejects.toMatchObject({ code: 'network' });
  });

  it('without the package is an error that names it', async () => {
    useArchive(all);
    const failure = (name: string): Promise<unknown> =>
      buildImage(recipe(`packages: ["${name}"]`), freshCache()).catch((error: unknown) => error);
    expect(await failure('wrods')).toMatchObject({ message: 'resolving "wrods": Unable to locate package wrods' });
    // apt takes this for a pattern that "words" matches.
    expect(await failure('word.')).toMatchObject({
      message: 'resolving "word.": expected a package of this name, found none',
    });
  });
});

describe('a downloaded package', () => {
  it('that was changed in the cache is refused', async () => {
    useArchive(all);
    const cache = freshCache();
    const name = recipe('packages: [words]');
    await buildImage(name, cache);
    const [file = ''] = readdirSync(join(cache, 'apt/archives'));
    const path = join(cache, 'apt/archives', file);
    const bytes = readFileSync(path);
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    rmSync(join(cache, 'oci'), { recursive: true });
    await expect(buildImage(name, cache)).rejects.toMatchObject({ code: 'digest' });
  });
});

describe('an interrupted build', () => {
  it('ends at once with what interrupted it and leaves nothing behind that the next one would mind', async () => {
    useArchive(all);
    const cache = freshCache();
    const name = recipe('packages: [greeter]');
    const controller = new AbortController();
    const build = buildImage(name, cache, { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    await expect(build).rejects.toMatchObject({ code: 'interrupted' });
    expect(readdirSync(join(cache, 'apt')).filter((entry) => entry.endsWith('.lock'))).toEqual([]);
    expect((await buildImage(name, cache)).digest).toMatch(/^sha256:/);
  });
});

describe('two builds at once', () => {
  it('on one cache make the same image', async () => {
    useArchive(all);
    const cache = freshCache();
    const name = recipe('packages: [greeter]');
    const images = await Promise.all([buildImage(name, cache), buildImage(name, cache)]);
    expect(images[0]?.digest).toBe(images[1]?.digest);
  });
});
