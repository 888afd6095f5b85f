// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addFiles, readFiles } from '../../../src/assemble/files.ts';
import { type Bytes, bytesOf, type Inode } from '../../../src/file-tree.ts';
import { directory, inlineFile, symlink } from '../../../src/inodes.ts';
import type { FileSpec } from '../../../src/spec/types.ts';
import { Assembly, at, epoch, pathsOf, textAt } from '../../support/assembly.ts';
import { emptySpec } from '../../support/empty-spec.ts';

let assembly: Assembly;
let folder: string;
beforeEach(() => {
  assembly = new Assembly();
  folder = join(assembly.folder, 'tree');
  write('etc/app/app.conf', 'conf');
  write('etc/motd', 'new');
  write('usr/bin/app', 'program', 0o700);
  write('usr/share/ä', '');
  mkdirSync(join(folder, 'srv/empty'), { recursive: true });
  symlinkSync('../nowhere', join(folder, 'usr/dangling'));
  symlinkSync('/', join(folder, 'usr/up'));
});
afterEach(() => assembly[Symbol.dispose]());

function write(path: string, data: string, mode = 0o600): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), data);
  chmodSync(join(folder, path), mode);
}

function read(...files: FileSpec[]) {
  return readIn(assembly.folder, ...files);
}

function readIn(specFolder: string, ...files: FileSpec[]) {
  const ids = new Map([['web', 104]]);
  return readFiles({ ...emptySpec(join(specFolder, 'os.yml')), files }, ids, assembly.ctx);
}

async function added(...files: FileSpec[]): Promise<Map<Bytes, Inode>> {
  const root = new Map<Bytes, Inode>([
    [bytesOf(''), directory(1)],
    [bytesOf('etc'), directory(1, 0o750)],
    [bytesOf('etc/motd'), inlineFile(1, 'old', 0o640)],
    [bytesOf('usr'), directory(1)],
    [bytesOf('usr/lib'), directory(1)],
    [bytesOf('lib'), symlink(1, 'usr/lib')],
  ]);
  addFiles(root, await read(...files), epoch);
  return root;
}

/** Everything that a build makes of the files. */
async function bytesAndKeys(...files: FileSpec[]): Promise<string> {
  return JSON.stringify(await read(...files));
}

describe('a folder as source', () => {
  test('brings everything in it, with the modes that git would keep', async () => {
    const root = await added({ path: '/opt', source: 'tree', uid: 'web', gid: 7 });
    expect(pathsOf(root).filter((path) => path.startsWith('opt'))).toEqual([
      'opt',
      'opt/etc',
      'opt/etc/app',
      'opt/etc/app/app.conf',
      'opt/etc/motd',
      'opt/srv',
      'opt/srv/empty',
      'opt/usr',
      'opt/usr/bin',
      'opt/usr/bin/app',
      'opt/usr/dangling',
      'opt/usr/share',
      bytesOf('opt/usr/share/ä'),
      'opt/usr/up',
    ]);
    const owner = { uid: 104, gid: 7, mtime: epoch, from: { kind: 'spec', entry: 'files[0]' } };
    expect(at(root, 'opt')).toMatchObject({ type: 'directory', mode: 0o755, ...owner });
    expect(at(root, 'opt/usr/bin/app')).toMatchObject({ mode: 0o755, ...owner });
    expect(at(root, 'opt/etc/motd')).toMatchObject({ mode: 0o644, ...owner });
    expect(at(root, 'opt/usr/dangling')).toMatchObject({ type: 'symlink', target: '../nowhere', ...owner });
    expect(at(root, 'opt/usr/up')).toMatchObject({ type: 'symlink', target: '/' });
    expect(textAt(root, 'opt/etc/app/app.conf')).toBe('conf');
  });

  test('may go to /, replaces files, and leaves folders that are there as they are', async () => {
    const root = await added({ path: '/', source: 'tree/', uid: 5 });
    expect(at(root, '')).toMatchObject({ mode: 0o755, uid: 0, mtime: 1 });
    expect(at(root, 'etc')).toMatchObject({ mode: 0o750, uid: 0, mtime: 1 });
    expect(textAt(root, 'etc/motd')).toBe('new');
    expect(at(root, 'etc/app')).toMatchObject({ mode: 0o755, uid: 5 });
  });

  test('goes through a link that an image has in place of a folder', async () => {
    write('lib/firmware/x', 'x');
    const root = await added({ path: '/', source: 'tree' });
    expect(at(root, 'lib').type).toBe('symlink');
    expect(textAt(root, 'usr/lib/firmware/x')).toBe('x');
  });

  test('has the modes that the entry says', async () => {
    const root = await added({ path: '/', source: 'tree', mode: '0440', dirMode: '0711' });
    expect([at(root, 'usr/bin/app').mode, at(root, 'etc/motd').mode]).toEqual([0o440, 0o440]);
    expect([at(root, 'etc').mode, at(root, 'srv/empty').mode]).toEqual([0o711, 0o711]);
    expect(at(root, 'usr/up').mode).toBe(0o777);
  });

  test('leaves out what is excluded', async () => {
    const files = await read({ path: 'x', source: 'tree', exclude: ['/usr/*', '!/usr/bin', 'motd', 'srv/'] });
    expect(files.map(({ path }) => path)).toEqual([
      'x',
      'x/etc',
      'x/etc/app',
      'x/etc/app/app.conf',
      'x/usr',
      'x/usr/bin',
      'x/usr/bin/app',
    ]);
  });

  test('an entry after it wins, and one before it does not', async () => {
    const one = { path: 'etc/motd', contents: 'one' };
    const tree = { path: '/', source: 'tree' };
    expect(textAt(await added(one, tree), 'etc/motd')).toBe('new');
    expect(textAt(await added(tree, one), 'etc/motd')).toBe('one');
  });

  test('may be reached through a link', async () => {
    symlinkSync('tree/etc', join(assembly.folder, 'link'));
    expect((await read({ path: 'x', source: 'link' })).map(({ path }) => path)).toContain('x/motd');
  });

  test('keeps names and targets that are no UTF-8', async () => {
    const name = Buffer.concat([Buffer.from(`${folder}/srv/`), Buffer.from([0xe9])]);
    writeFileSync(name, 'latin');
    symlinkSync(Buffer.from([0xff]), Buffer.concat([name, Buffer.from('l')]));
    const root = await added({ path: '/', source: 'tree/srv' });
    expect(root.get('é' as Bytes)).toMatchObject({ type: 'file', content: { data: Buffer.from('latin') } });
    expect(root.get('él' as Bytes)).toMatchObject({ type: 'symlink', target: 'ÿ' });
  });

  test('is the same whatever owner, umask, times and order of reading', async () => {
    const before = await bytesAndKeys({ path: '/', source: 'tree' });
    execFileSync('cp', ['-r', '--no-preserve=all', 'tree', 'again'], { cwd: assembly.folder });
    execFileSync(
      'sh',
      ['-c', 'chmod -R go-rwx again && chmod u+x again/usr/bin/app && chmod g+s again/etc && chmod o+t again/srv'],
      {
        cwd: assembly.folder,
      },
    );
    for (const path of ['etc', 'etc/motd', 'usr/bin/app']) {
      chownSync(join(assembly.folder, 'again', path), 1234, 1234);
      utimesSync(join(assembly.folder, 'again', path), 1, 1);
    }
    expect(await bytesAndKeys({ path: '/', source: 'again' })).toBe(before);
  });

  test.each<[string, () => void]>([
    ['a content', () => write('etc/motd', 'other')],
    ['a mode', () => chmodSync(join(folder, 'etc/motd'), 0o700)],
    ['a target', () => execFileSync('ln', ['-sfn', 'elsewhere', join(folder, 'usr/dangling')])],
    ['a name', () => execFileSync('mv', [join(folder, 'etc/motd'), join(folder, 'etc/motc')])],
    ['an empty folder', () => mkdirSync(join(folder, 'srv/more'))],
  ])('has other keys when %s changes', async (_, change) => {
    const keys = async () => JSON.stringify((await read({ path: '/', source: 'tree' })).map(({ key }) => key));
    const before = await keys();
    change();
    expect(await keys()).not.toBe(before);
  });

  test('does not hold large trees in memory', async () => {
    for (let index = 0; index < 12; index += 1) write(`large/${index}`, `${index}`.padEnd(7 * 1024 * 1024));
    const files = await read({ path: '/', source: 'tree/large' });
    const kinds = files.flatMap(({ inode }) => (inode.type === 'file' ? [inode.content.kind] : []));
    expect(kinds.filter((kind) => kind === 'inline')).toHaveLength(9);
    expect(kinds.filter((kind) => kind === 'range')).toHaveLength(3);
    const root = new Map(files.map(({ path, inode }) => [path, inode]));
    expect(textAt(root, '9').trimEnd()).toBe('9');
  });

  test.each([
    ['a named pipe', (path: string) => execFileSync('mkfifo', [path])],
    ['a device', (path: string) => execFileSync('mknod', [path, 'c', '1', '3'])],
  ])('with %s in it is an error unless that is excluded', async (found, make) => {
    make(join(folder, 'srv/odd'));
    await expect(read({ path: '/', source: 'tree' })).rejects.toMatchObject({
      message: `adding files[0] "/": "srv/odd": expected a file, a folder or a link, found ${found}`,
      hint: 'leave it out with `exclude`',
    });
    expect(await read({ path: '/', source: 'tree', exclude: ['odd'] })).not.toEqual([]);
  });

  test('may not bring what the build makes', async () => {
    write('etc/tskit/boot.json', '{}');
    await expect(read({ path: '/', source: 'tree' })).rejects.toThrow('"/etc/tskit" is made by the build');
  });

  test('that a mount hides is warned of once', async () => {
    write('var/lib/a', '');
    write('var/lib/b', '');
    await read({ path: '/', source: 'tree' });
    expect(assembly.warnings).toEqual([
      'files: "/var/lib" will not be seen: init mounts an empty file system on /var at boot',
    ]);
  });
});

describe('a glob as source', () => {
  test.each(['[a]x', 'a*', 'wh?t', String.raw`b\ck`])(
    'starts from a folder named %s as from any other',
    async (name) => {
      mkdirSync(join(assembly.folder, name, 'conf'), { recursive: true });
      writeFileSync(join(assembly.folder, name, 'conf/one.conf'), 'one');
      const files: FileSpec[] = [{ path: '/etc', source: 'conf/*.conf' }];
      const spec = { ...emptySpec(join(assembly.folder, name, 'os.yml')), files };
      expect((await readFiles(spec, new Map(), assembly.ctx)).map(({ path }) => path)).toEqual(['etc/one.conf']);
    },
  );

  test('brings what matches, below the part without wildcards', async () => {
    const files = await read({ path: '/srv', source: 'tree/**/*o*', exclude: ['app.conf'] });
    expect(files.map(({ path }) => path)).toEqual(['srv/etc', 'srv/etc/motd']);
  });

  test('is not one where a file has that very name', async () => {
    writeFileSync(join(assembly.folder, '*.conf'), 'star');
    writeFileSync(join(assembly.folder, 'a.conf'), 'a');
    const root = await added({ path: 'x', source: '*.conf' });
    expect(textAt(root, 'x')).toBe('star');
    expect(at(root, 'x').mode).toBe(0o600);
  });

  test('starts from a spec in a folder whose name looks like one', async () => {
    write('odd [a*]/conf/a', 'x');
    write('odd b/conf/b', 'x');
    const read = await readIn(join(folder, 'odd [a*]'), { path: '/x', source: 'conf/*' });
    expect(read.map(({ path }) => path)).toEqual(['x/a']);
    const beside = await readIn(join(folder, 'odd [a*]/conf'), { path: '/x', source: '../conf/*' });
    expect(beside.map(({ path }) => path)).toEqual(['x/a']);
  });

  test('that matches nothing is an error unless it is optional', async () => {
    for (const source of ['tree/*.none', 'nowhere/*']) {
      await expect(read({ path: 'x', source })).rejects.toThrow(
        `adding files[0] "x": source "${source}": expected files that match in "${join(assembly.folder, dirname(source))}", found none`,
      );
      expect(await read({ path: 'x', source, optional: true })).toEqual([]);
    }
    await expect(read({ path: 'x', source: 'tree/etc/*', exclude: ['*'] })).rejects.toThrow('found none');
  });
});

test('what says how to read a tree is an error for one file', async () => {
  for (const more of [{ exclude: ['a'] }, { dirMode: '0700' }]) {
    await expect(read({ path: 'x', source: 'tree/etc/motd', ...more })).rejects.toThrow(
      `${Object.keys(more)[0]}: expected a source that is a folder or a glob, found the file`,
    );
  }
});

test('one file cannot take the place of /', async () => {
  await expect(read({ path: '/', source: 'tree/etc/motd' })).rejects.toThrow(
    'expected the path of a file in the image',
  );
});

test('a device as source is an error and not waited for', async () => {
  execFileSync('mkfifo', [join(assembly.folder, 'pipe')]);
  for (const source of ['pipe', '/dev/zero']) {
    await expect(read({ path: 'x', source })).rejects.toThrow('expected a file or a folder, found something else');
  }
});
