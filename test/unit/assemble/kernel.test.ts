// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { readFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { kernelOf, moduleFolders } from '../../../src/assemble/kernel.ts';
import { directory, inlineFile, symlink } from '../../../src/inodes.ts';
import { bytesOf, type Content, type FileTree } from '../../../src/file-tree.ts';
import type { KernelSpec } from '../../../src/spec/types.ts';
import { Assembly, at, pathsOf, textAt } from '../../support/assembly.ts';
import { type RawHeader, rawTar } from '../../support/raw-tar.ts';

let assembly: Assembly;
beforeEach(() => {
  assembly = new Assembly();
});
afterEach(() => assembly[Symbol.dispose]());

const modules = rawTar(
  { name: 'lib', typeflag: '5' },
  { name: 'lib/modules/6.1/modules.order', data: 'kernel/a.ko\n' },
  { name: 'lib/modules/6.1/kernel/a.ko', data: 'module a' },
  { name: 'lib/modules/6.1/kernel/hard.ko', typeflag: '1', link: 'lib/modules/6.1/kernel/a.ko' },
);

const files: readonly RawHeader[] = [
  { name: 'boot', typeflag: '5' },
  { name: 'boot/vmlinuz-6.1', data: 'other' },
  { name: 'kernel', data: 'bzImage' },
  { name: 'kernel.tar', data: modules },
  { name: 'vmlinuz', typeflag: '2', link: '/boot/vmlinuz-6.1' },
  { name: 'ucode.cpio', data: '070701' },
];

function kernel(spec: Omit<KernelSpec, 'image'> = {}, entries = files) {
  return kernelOf({ image: 'k', ...spec }, assembly.image('k', entries), assembly.ctx);
}

function text(content: Content): string {
  return textAt(new Map([[bytesOf('x'), { ...inlineFile(0, ''), type: 'file', content }]]), 'x');
}

test('the kernel is the file "kernel" at the top of the image, a range of its layer', async () => {
  const content = await kernel().binary.load();
  expect(content.kind).toBe('range');
  expect(text(content)).toBe('bzImage');
});

test('binary and ucode name other files, links to them are followed', async () => {
  const named = kernel({ binary: '/vmlinuz', ucode: 'ucode.cpio' });
  expect(text(await named.binary.load())).toBe('other');
  expect(named.ucode && text(await named.ucode.load())).toBe('070701');
  expect(kernel().ucode).toBeUndefined();
});

test.each(['', 'none'])('tar: "%s" means that there are no modules', (tar) => {
  expect(kernel({ tar }).modules).toBeUndefined();
});

test('kernel.tar is listed where it lies: its contents are ranges of the same layer', async () => {
  const image = assembly.image('k', files);
  const tree = await kernelOf({ image: 'k' }, image, assembly.ctx).modules?.load();
  const outer = at(await image.tree.load(), 'kernel.tar');
  const inner = at(tree!, 'lib/modules/6.1/kernel/a.ko');
  expect(textAt(tree!, 'lib/modules/6.1/kernel/a.ko')).toBe('module a');
  expect(inner).toBe(at(tree!, 'lib/modules/6.1/kernel/hard.ko'));
  expect(inner).toMatchObject({
    content: { file: outer.type === 'file' && 'file' in outer.content && outer.content.file },
  });
});

test.each([
  ['gzip', gzipSync(modules)],
  ['zstd', zstdCompressSync(modules)],
])('a kernel.tar compressed with %s is decompressed into the cache', async (_name, data) => {
  const made = kernel({}, [{ name: 'kernel.tar', data }]).modules;
  const inode = at(await made!.load(), 'lib/modules/6.1/modules.order');
  expect(inode.type === 'file' && inode.content.kind === 'range' && readFileSync(inode.content.file)).toEqual(modules);
});

test.each([
  [
    'kernel.binary',
    { binary: 'bzImage' },
    'kernel.binary: expected a file "bzImage" in kernel image "k", found no such file',
  ],
  ['kernel.binary', { binary: 'boot' }, 'kernel.binary: expected a file "boot" in kernel image "k", found a directory'],
  ['kernel.ucode', { ucode: 'intel.cpio' }, 'kernel.ucode: expected a file "intel.cpio"'],
])('a missing %s is an error that lists what may be meant', async (_field, spec, message) => {
  const made = kernel(spec);
  await expect((made.ucode ?? made.binary).load()).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining(message),
    hint: expect.stringContaining('"boot/vmlinuz-6.1", "kernel", "kernel.tar"'),
  });
});

test('a missing kernel.tar is an error that says how to do without', async () => {
  await expect(kernel({}, [{ name: 'kernel', data: 'x' }]).modules?.load()).rejects.toMatchObject({
    message: 'kernel.tar: expected a file "kernel.tar" in kernel image "k", found no such file',
    hint: 'the image has "kernel"; name one with `kernel.tar`, or "none"',
  });
});

test.each([
  ['truncated', modules.subarray(0, 700)],
  ['truncated gzip', gzipSync(modules).subarray(0, 60)],
  ['hostile', rawTar({ name: '../etc/passwd', data: 'x' })],
  ['no tar', Buffer.alloc(1024, 'x')],
])('a kernel.tar that is %s is an error that names it', async (_title, data) => {
  const made = kernel({}, [{ name: 'kernel.tar', data }]).modules;
  await expect(made?.load()).rejects.toThrow(/kernel\.tar of k/);
});

test('keys follow from the image and the names, without loading anything', () => {
  const keys = (spec: Omit<KernelSpec, 'image'>, entries = files) => {
    const { binary, modules, ucode } = kernel(spec, entries);
    return [binary.key, modules?.key, ucode?.key].join();
  };
  expect(keys({})).toBe(keys({ binary: 'kernel', tar: 'kernel.tar' }));
  const all = [keys({}), keys({ binary: 'b' }), keys({ tar: 't' }), keys({ ucode: 'u' }), keys({}, files.slice(1))];
  expect(new Set(all).size).toBe(all.length);
});

test('module folders are found through links, and only those of kernels', () => {
  const tree: FileTree = new Map(
    Object.entries({
      '': directory(0),
      lib: symlink(0, 'usr/lib'),
      'usr/lib/modules': directory(0),
      'usr/lib/modules/6.1': directory(0),
      'usr/lib/modules/6.1/kernel': directory(0),
      'usr/lib/modules/5.10': directory(0),
      'usr/lib/modules/5.10/modules.order': inlineFile(0, ''),
      'usr/lib/modules/extra': directory(0),
      'usr/lib/modules/file': inlineFile(0, ''),
    }).map(([path, inode]) => [bytesOf(path), inode]),
  );
  expect(moduleFolders(tree)).toEqual(['usr/lib/modules/5.10', 'usr/lib/modules/6.1']);
  expect(pathsOf(tree).length).toBe(9);
  expect(moduleFolders(new Map())).toEqual([]);
});
