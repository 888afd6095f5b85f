// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { addFiles, readFiles } from '../../../src/assemble/files.ts';
import { directory, inlineFile, symlink } from '../../../src/inodes.ts';
import { type Bytes, bytesOf, type Inode } from '../../../src/file-tree.ts';
import { parseSpecs } from '../../../src/spec/parse.ts';
import type { FileSpec } from '../../../src/spec/types.ts';
import { Assembly, at, epoch, textAt } from '../../support/assembly.ts';
import { emptySpec } from '../../support/empty-spec.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

const ids = new Map([['web', 104]]);

function read(...files: FileSpec[]) {
  return readFiles({ ...emptySpec(join(assembly.folder, 'os.yml')), files }, ids, assembly.ctx);
}

/** The root after the files were added to one that has /etc with mode 0755 and a merged /lib. */
async function added(...files: FileSpec[]): Promise<Map<Bytes, Inode>> {
  const root = new Map<Bytes, Inode>([
    [bytesOf(''), directory(1)],
    [bytesOf('etc'), directory(1)],
    [bytesOf('etc/motd'), inlineFile(1, 'old', 0o640)],
    [bytesOf('lib'), symlink(1, 'usr/lib')],
    [bytesOf('usr'), directory(1)],
    [bytesOf('usr/lib'), directory(1, 0o700)],
  ]);
  addFiles(root, await read(...files), epoch);
  return root;
}

test('contents become a file of mode 0600, and a folder that exists keeps its mode', async () => {
  const root = await added({ path: '/etc/x', contents: 'héllo' });
  expect(textAt(root, 'etc/x')).toBe('héllo');
  expect(at(root, 'etc/x')).toMatchObject({ mode: 0o600, uid: 0, gid: 0, mtime: epoch });
  expect(at(root, 'etc')).toMatchObject({ mode: 0o755, mtime: 1 });
});

test('a mistake says where its entry is written, since the index counts through all files of a spec', async () => {
  const more = { text: 'files: [{path: /b, source: nowhere}]', name: 'more.yml', folder: assembly.folder };
  const first = { text: 'files: [{path: /a, contents: a}]', name: 'os.yml', folder: assembly.folder };
  await expect(readFiles(parseSpecs([first, more]), ids, assembly.ctx)).rejects.toThrow(
    'more.yml:1:9: adding files[1] "/b": source "nowhere": expected a file',
  );
});

test("missing parents are made 0755 and root's, whatever the file's mode and owner", async () => {
  const root = await added({ path: 'srv/a/b', contents: '', mode: '0400', uid: 'web', gid: 5 });
  expect(at(root, 'srv/a/b')).toMatchObject({ mode: 0o400, uid: 104, gid: 5 });
  for (const path of ['srv', 'srv/a']) expect(at(root, path)).toMatchObject({ type: 'directory', mode: 0o755, uid: 0 });
});

test('a file below a link lies where the link leads', async () => {
  const root = await added({ path: '/lib/firmware/x.bin', contents: 'x' });
  expect(textAt(root, 'usr/lib/firmware/x.bin')).toBe('x');
  expect(at(root, 'usr/lib').mode).toBe(0o700);
  expect(at(root, 'lib').type).toBe('symlink');
});

test('a later file replaces an earlier one and what the image has', async () => {
  const root = await added({ path: 'etc/motd', contents: 'a' }, { path: '/etc//./motd', contents: 'b', mode: '0644' });
  expect(textAt(root, 'etc/motd')).toBe('b');
  expect(at(root, 'etc/motd').mode).toBe(0o644);
});

test('directories are 0700 unless they say otherwise, also when they exist', async () => {
  const root = await added(
    { path: 'srv', directory: true },
    { path: 'etc', directory: true, mode: '0750', gid: 'web' },
  );
  expect(at(root, 'srv')).toMatchObject({ type: 'directory', mode: 0o700 });
  expect(at(root, 'etc')).toMatchObject({ mode: 0o750, gid: 104 });
});

test('a symlink is made as it is written, also over one that leads nowhere', async () => {
  const root = await added({ path: 'etc/l', symlink: '../nowhere' }, { path: 'etc/l', symlink: '/run/x' });
  expect(at(root, 'etc/l')).toMatchObject({ type: 'symlink', target: '/run/x' });
});

test("a relative source starts from the spec's folder", async () => {
  mkdirSync(join(assembly.folder, 'sub'));
  writeFileSync(join(assembly.folder, 'sub', 'f'), Buffer.from([0, 255, 10]));
  const root = await added({ path: 'etc/f', source: 'sub/f' });
  expect(at(root, 'etc/f')).toMatchObject({ content: { kind: 'inline', data: Buffer.from([0, 255, 10]) } });
});

test('"~/" in a source is the home folder', async () => {
  writeFileSync(join(assembly.folder, 'f'), 'x');
  const root = await added({ path: 'etc/f', source: `~/${relative(homedir(), join(assembly.folder, 'f'))}` });
  expect(textAt(root, 'etc/f')).toBe('x');
});

test('a large source is copied into the cache, so that nobody changes it during the build', async () => {
  const large = Buffer.alloc(9 * 1024 * 1024, 'abc');
  const path = join(assembly.folder, 'large');
  writeFileSync(path, large);
  const root = await added({ path: 'large', source: path });
  writeFileSync(path, 'changed');
  const inode = at(root, 'large');
  expect(inode.type === 'file' && inode.content.kind).toBe('range');
  expect(textAt(root, 'large') === large.toString()).toBe(true);
});

test('an optional source that is not there leaves the file out, any other is an error that says where it was looked for', async () => {
  expect(await read({ path: 'etc/f', source: 'missing', optional: true })).toEqual([]);
  await expect(read({ path: 'etc/f', source: 'missing' })).rejects.toMatchObject({
    code: 'io',
    message:
      'adding files[0] "etc/f": source "missing": expected a file that can be read at ' +
      `"${join(assembly.folder, 'missing')}", found ENOENT`,
    hint: expect.stringContaining('`optional: true`'),
  });
});

test.each(['yaml', 'json'] as const)('metadata: %s is the spec itself, without where it lay', async (format) => {
  const files: FileSpec[] = [{ path: 'etc/spec', metadata: format }];
  const services = [{ name: 'web', image: 'i', resources: { memory: { limit: 9_007_199_254_740_993n } } }];
  const [file] = await readFiles({ ...emptySpec('/home/me/os.yml'), files, services }, ids, assembly.ctx);
  const text = textAt(new Map([[bytesOf('x'), file!.inode]]), 'x');
  expect(text).not.toContain('/home/me');
  expect(text).not.toContain('origin');
  expect(text).toContain('9007199254740993');
  expect(parse(text)).toMatchObject({ services: [{ name: 'web', image: 'i' }], files });
});

test('the same files have the same keys, and any difference another', async () => {
  const keys = async (file: FileSpec) => JSON.stringify((await read(file)).map(({ key }) => key));
  const base: FileSpec = { path: 'etc/x', contents: 'a' };
  expect(await keys(base)).toBe(await keys({ ...base }));
  const others = [
    { ...base, contents: 'b' },
    { ...base, mode: '0644' },
    { ...base, uid: 1 },
    { ...base, gid: 1 },
    { ...base, path: 'etc/y' },
    { path: 'etc/x', symlink: 'a' },
    { path: 'etc/x', directory: true },
  ];
  const all = await Promise.all([base, ...others].map(keys));
  expect(new Set(all).size).toBe(all.length);
});

test.each([
  ['/', 'expected the path of a file in the image'],
  ['a/../../etc/shadow', 'without "..", found "a/../../etc/shadow"'],
  ['/containers/services/web/lower/etc/x', '"/containers/services/web/lower/etc/x" is made by the build'],
  ['etc/tskit/boot.json', '"/etc/tskit/boot.json" is made by the build'],
  ['/etc/tskit', '"/etc/tskit" is made by the build'],
  [`etc/${'n'.repeat(256)}`, 'expected at most 255 bytes, found 256'],
  [`${'d/'.repeat(2500)}x`, 'expected at most 4095 bytes, found 5001'],
])('the path "%s" is refused', async (path, message) => {
  await expect(read({ path, contents: '' })).rejects.toThrow(message);
});

test('a link that Linux cannot hold is refused', async () => {
  await expect(read({ path: 'a', symlink: 't'.repeat(4096) })).rejects.toThrow('symlink: expected at most 4095 bytes');
});

test.each([
  ['etc/tskit', 'complete', '/etc/tskit/complete'],
  ['/', 'init', '/init'],
])('a link to "%s" is no way around what the build makes', async (symlink, name, target) => {
  await expect(added({ path: 'l', symlink }, { path: `l/${name}`, contents: '' })).rejects.toThrow(
    `it leads through a link to "${target}", which is made by the build`,
  );
});

test('a file and a directory at one place are an error', async () => {
  await expect(added({ path: 'etc', contents: '' })).rejects.toThrow('an image has a directory there, files a file');
  await expect(added({ path: 'etc/motd', directory: true })).rejects.toThrow('has a file there, files a directory');
  await expect(added({ path: 'etc/motd/x', contents: '' })).rejects.toThrow('a parent of it is not a directory');
});

test('a file that a mount hides at boot is warned of', async () => {
  await added(
    { path: '/var/lib/x', contents: '' },
    { path: '/variable', contents: '' },
    { path: '/tmp', directory: true },
  );
  expect(assembly.warnings).toEqual([
    'files: "/var/lib/x" will not be seen: init mounts an empty file system on /var at boot',
  ]);
});
