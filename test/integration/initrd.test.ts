// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BuildContext } from '../../src/context.ts';
import { emit } from '../../src/emit/emit.ts';
import type { FileTree } from '../../src/file-tree.ts';
import { readUnpackedSize } from '../../src/qemu/unpacked-size.ts';
import type { Rootfs } from '../../src/rootfs.ts';
import { testContext } from '../support/build-context.ts';
import { flattenImage } from '../support/flatten-image.ts';
import { extractInitrd, initrdParts, listCpio } from '../support/initrd-parts.ts';
import { writeImage } from '../support/layer-image.ts';
import { oddLayers } from '../support/odd-layers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { rowsOfFolder, rowsOfTree, type TreeRows } from '../support/tree-rows.ts';
import { directory, file, lazy, rootfsOf, treeOf } from '../support/trees.ts';

const prefix = 'containers/images/0123456789abcdef';
const target = { formats: ['kernel+initrd'], name: 'os' };

async function oddTree(folder: string): Promise<FileTree> {
  const image = writeImage(
    join(folder, 'layout'),
    oddLayers.map((tar) => ({ tar })),
  );
  return flattenImage(image, testContext(join(folder, 'cache')));
}

function systemOf(image: FileTree): Rootfs {
  const base = treeOf({ etc: directory(), 'etc/hostname': file('host'), init: file('init', { mode: 0o755 }) });
  const plan = treeOf({ etc: directory(), 'etc/tskit': directory(), 'etc/tskit/boot.json': file('{}') });
  return rootfsOf([
    { prefix, tree: lazy(image, 'image') },
    { prefix: '', tree: lazy(base, 'base') },
    { prefix: '', tree: lazy(plan, 'plan') },
  ]);
}

/** Without what newc or GNU cpio does not keep: xattrs, times of folders and links, and that names of a link are linked. */
function comparable(rows: TreeRows): Record<string, string> {
  return Object.fromEntries(
    [...rows].map(([path, row]) => [
      path,
      row
        .replace(/ \{.*\}$/, '')
        .replace(/^(directory .*) @[0-9]+/, '$1')
        .replace(/^(symlink [^@]*) @.*first "[^"]*"/, '$1'),
    ]),
  );
}

async function build(rootfs: Rootfs, folder: string, changes: Partial<BuildContext> = {}): Promise<string> {
  await emit(rootfs, { ...target, dir: folder }, testContext(join(folder, 'cache'), changes));
  return join(folder, 'os-initrd.img');
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

describe('an initrd', () => {
  it('is extracted by GNU cpio to what the trees hold', async () => {
    using folder = temporaryFolder();
    const tree = await oddTree(folder.path);
    const initrd = await build(systemOf(tree), folder.path);
    const root = join(folder.path, 'root');
    extractInitrd(initrd, root);
    expect(comparable(rowsOfFolder(join(root, prefix)))).toEqual(comparable(rowsOfTree(tree)));
    expect(readFileSync(join(root, 'etc/hostname'), 'utf8')).toBe('host');
    expect(readFileSync(join(root, 'etc/tskit/complete'))).toHaveLength(0);
  });

  it('begins with the memory that it needs and ends with the sentinel', async () => {
    using folder = temporaryFolder();
    const init = lazy(treeOf({ init: file('ELF', { mode: 0o755 }) }), 'init');
    const rootfs = { ...systemOf(treeOf({ data: file(Buffer.alloc(5 << 20)) })), init };
    const initrd = await build(rootfs, folder.path);
    const parts = initrdParts(initrd).map(listCpio);
    expect(parts[0]).toEqual(['etc', 'etc/tskit', 'etc/tskit/unpacked.json']);
    expect(parts[1]).toEqual(['.', 'init']);
    expect(parts[2]).toEqual(['containers', 'containers/images', prefix, `${prefix}/data`]);
    expect(parts.at(-1)).toEqual(['etc/tskit/complete']);
    const root = join(folder.path, 'root');
    extractInitrd(initrd, root);
    const size: unknown = JSON.parse(readFileSync(join(root, 'etc/tskit/unpacked.json'), 'utf8'));
    // 5 MiB and a page each for init, /init, hostname and boot.json; 128 MiB for the kernel, twice the contents, and the initrd itself.
    expect(size).toEqual({ bytes: (5 << 20) + 4 * 4096, memoryMiB: 128 + 11 });
    expect(await readUnpackedSize(initrd)).toEqual(size);
  });

  it('has every part at a multiple of four bytes', async () => {
    using folder = temporaryFolder();
    const trees = Array.from({ length: 6 }, (_, index) => ({
      prefix: `containers/images/${index}`,
      tree: lazy(treeOf({ [`f${index}`]: file('x'.repeat(index)) }), `tree ${index}`),
    }));
    const initrd = readFileSync(await build(rootfsOf(trees), folder.path));
    const magic = Buffer.from('28b52ffd', 'hex');
    const starts: number[] = [];
    for (let at = initrd.indexOf(magic); at !== -1; at = initrd.indexOf(magic, at + 1)) starts.push(at);
    expect(starts).toHaveLength(8);
    expect(starts.filter((start) => start % 4 !== 0)).toEqual([]);
  });

  it('has the CPU microcode first, as it is, and what follows at a multiple of four bytes', async () => {
    using folder = temporaryFolder();
    const image = treeOf({ a: file('a') });
    const microcode = execFileSync('cpio', ['--create', '--format=newc', '--quiet'], {
      input: 'passwd\n',
      cwd: '/etc',
    });
    const data = Buffer.concat([microcode, Buffer.alloc(1)]);
    const ucode = { key: 'ucode', label: 'ucode', load: () => Promise.resolve({ kind: 'inline', data } as const) };
    const initrd = readFileSync(await build({ ...systemOf(image), ucode }, folder.path));
    expect(initrd.subarray(0, data.length).equals(data)).toBe(true);
    expect(initrd.readUInt32LE(data.length + 3)).toBe(0xfd2fb528);
  });

  it('is the same from another cache, in another time zone, with another umask, and from the cache', async () => {
    using first = temporaryFolder();
    using second = temporaryFolder();
    const expected = sha256(await build(systemOf(await oddTree(first.path)), first.path));
    const umask = process.umask(0o077);
    const zone = process.env['TZ'];
    try {
      process.env['TZ'] = 'Asia/Kathmandu';
      expect(sha256(await build(systemOf(await oddTree(second.path)), second.path))).toBe(expected);
      expect(sha256(await build(systemOf(await oddTree(second.path)), second.path))).toBe(expected);
    } finally {
      process.umask(umask);
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  it('is made of cached segments without a look at the trees, however they are ordered', async () => {
    using folder = temporaryFolder();
    const loads: string[] = [];
    const tree = (name: string) => lazy(treeOf({ name: file(name) }), name, () => loads.push(name));
    const place = (name: string) => ({ prefix: `containers/images/${name}`, tree: tree(name) });
    await build(rootfsOf(['a', 'b', 'c'].map(place)), folder.path);
    expect(loads.splice(0).sort()).toEqual(['a', 'b', 'c']);
    await build(rootfsOf(['d', 'c', 'a'].map(place)), folder.path);
    expect(loads).toEqual(['d']);
  });

  it('makes a segment anew whose file lost its end, and when its record is damaged', async () => {
    using folder = temporaryFolder();
    const tree = await oddTree(folder.path);
    const expected = sha256(await build(systemOf(tree), folder.path));
    const segments = join(folder.path, 'cache/segments');
    for (const name of readdirSync(segments)) truncateSync(join(segments, name), 10);
    expect(sha256(await build(systemOf(tree), folder.path))).toBe(expected);
  });

  it('comes out whole when two builds pack the same trees at once', async () => {
    using folder = temporaryFolder();
    const tree = await oddTree(folder.path);
    const context = testContext(join(folder.path, 'cache'));
    const dirs = ['one', 'two', 'three'].map((name) => join(folder.path, name));
    await Promise.all(dirs.map((dir) => emit(systemOf(tree), { ...target, dir }, context)));
    const digests = new Set(dirs.map((dir) => sha256(join(dir, 'os-initrd.img'))));
    expect(digests.size).toBe(1);
    extractInitrd(join(dirs[0] ?? '', 'os-initrd.img'), join(folder.path, 'root'));
  });
});
