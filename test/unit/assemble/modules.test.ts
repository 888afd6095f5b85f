// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { directory, inlineFile } from '../../../src/inodes.ts';
import { indexModules } from '../../../src/assemble/modules.ts';
import { type Bytes, bytesOf, type FileTree, type Inode } from '../../../src/file-tree.ts';
import { Assembly, at, pathsOf, textAt } from '../../support/assembly.ts';
import { kernelModule } from '../../support/kernel-module.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

function release(files: Readonly<Record<string, Buffer | string>>): Map<Bytes, Inode> {
  const tree = new Map<Bytes, Inode>([[bytesOf(''), directory(1)]]);
  for (const [path, data] of Object.entries(files)) tree.set(bytesOf(path), inlineFile(1, data));
  return tree;
}

function index(files: Readonly<Record<string, Buffer | string>>): Promise<FileTree> {
  return indexModules(release(files), '/lib/modules/6.1', assembly.ctx);
}

const virtio = kernelModule('virtio', { alias: ['virtio:d00000001v*'] });

test('a release without an index gets one, and what depmod would have made', async () => {
  const tree = await index({
    'kernel/a-b.ko': kernelModule('a_b', { depends: 'virtio' }),
    'kernel/virtio.ko': virtio,
    'modules.builtin': 'kernel/fs/ext4-x.ko\n',
    'modules.builtin.modinfo': 'tracefs.license=GPL\0tracefs.alias=fs-tracefs\0',
  });
  expect(textAt(tree, 'tskit/modules')).toBe(
    'a_b\tkernel/a-b.ko\tvirtio\t\next4_x\t\t\t\ntracefs\t\t\t\nvirtio\tkernel/virtio.ko\t\t\n',
  );
  expect(textAt(tree, 'tskit/alias/virtio')).toBe('17\nvirtio:d00000001v\t* virtio\n');
  expect(textAt(tree, 'modules.dep')).toBe('kernel/a-b.ko: kernel/virtio.ko\nkernel/virtio.ko:\n');
});

test("a distribution's own modules.dep is kept", async () => {
  const tree = await index({ 'kernel/virtio.ko': virtio, 'modules.dep': 'theirs' });
  expect(textAt(tree, 'modules.dep')).toBe('theirs');
  expect(textAt(tree, 'modules.alias')).toBe('alias virtio:d00000001v* virtio\n');
});

test('modules.order decides between modules for one device', async () => {
  const same = (name: string) => kernelModule(name, { alias: ['pci:v1*'] });
  const files = { 'kernel/a.ko': same('a'), 'kernel/b.ko': same('b'), 'kernel/new.ko': same('new') };
  const tree = await index({ ...files, 'modules.order': 'kernel/b.ko\nkernel/a.ko\nkernel/gone.ko\n' });
  expect(textAt(tree, 'tskit/alias/pci')).toBe('6\npci:v1\t* b\t* a\t* new\n');
});

test('compressed modules are decompressed, and lists of their old names are made anew', async () => {
  const tree = await index({
    'kernel/a.ko.gz': gzipSync(kernelModule('a', { depends: 'virtio' })),
    'kernel/virtio.ko.zst': zstdCompressSync(virtio),
    'kernel/c.ko': kernelModule('c'),
    'modules.order': 'kernel/virtio.ko\nkernel/a.ko\n',
    'modules.dep': 'kernel/a.ko.gz: kernel/virtio.ko.zst',
    'modules.dep.bin': 'binary',
    'modules.builtin.bin': 'kept',
  });
  expect(pathsOf(tree).filter((path) => path.startsWith('kernel/'))).toEqual([
    'kernel/a.ko',
    'kernel/c.ko',
    'kernel/virtio.ko',
  ]);
  expect(textAt(tree, 'kernel/virtio.ko')).toBe(virtio.toString('utf8'));
  expect(at(tree, 'kernel/a.ko')).toMatchObject({ content: { kind: 'range' } });
  expect(textAt(tree, 'modules.dep')).toBe('kernel/virtio.ko:\nkernel/a.ko: kernel/virtio.ko\nkernel/c.ko:\n');
  expect(pathsOf(tree)).not.toContain('modules.dep.bin');
  expect(textAt(tree, 'modules.builtin.bin')).toBe('kept');
});

test.each([
  ['a truncated gzip', 'kernel/a.ko.gz', gzipSync(virtio).subarray(0, -9), 'decompressing '],
  ['a flipped bit', 'kernel/a.ko.gz', flipped(gzipSync(virtio)), 'decompressing '],
  ['a plain file named .xz', 'kernel/a.ko.xz', virtio, 'is not compressed as its name says'],
  ['a module that is none', 'kernel/a.ko', Buffer.alloc(100), 'expected a 64-bit little-endian ELF file'],
])('%s is an error that names the module', async (_title, path, data, message) => {
  await expect(index({ [path]: data })).rejects.toMatchObject({
    message: expect.stringContaining(`"/lib/modules/6.1/${path}"`),
  });
  await expect(index({ [path]: data })).rejects.toThrow(message);
});

test('the tree that was given is not changed', async () => {
  const tree = release({ 'kernel/virtio.ko.gz': gzipSync(virtio) });
  await indexModules(tree, '/lib/modules/6.1', assembly.ctx);
  expect(pathsOf(tree)).toEqual(['', 'kernel/virtio.ko.gz']);
});

function flipped(data: Buffer): Buffer {
  const copy = Buffer.from(data);
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 0xff;
  return copy;
}
