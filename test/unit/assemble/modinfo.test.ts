// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { type ModuleInfo, normalise, readModinfo } from '../../../src/assemble/modinfo.ts';
import { ContentReader } from '../../../src/content.ts';
import { kernelModule } from '../../support/kernel-module.ts';

function read(data: Buffer): ModuleInfo {
  using reader = new ContentReader();
  return readModinfo({ kind: 'inline', data }, reader);
}

test('aliases, dependencies and soft dependencies are read, names normalised', () => {
  const info = read(
    kernelModule('a', {
      alias: ['pci:v00001AF4d*', 'fs-a'],
      depends: 'virtio-ring,virtio',
      softdep: ['pre: crc32c-x post: late early', 'aes', 'post: last'],
    }),
  );
  expect(info).toEqual({
    aliases: ['pci:v00001AF4d*', 'fs-a'],
    depends: ['virtio_ring', 'virtio'],
    pre: ['crc32c_x'],
    post: ['late', 'early', 'last'],
  });
});

test('a module without dependencies has none, not an empty one', () => {
  expect(read(kernelModule('a')).depends).toEqual([]);
});

test.each([
  ['snd-hda', 'snd_hda'],
  ['acpi*:PNP0C0[A-D]:-', 'acpi*:PNP0C0[A-D]:_'],
  ['a[-b', 'a[_b'],
])('"%s" is normalised to "%s"', (name, expected) => {
  expect(normalise(name)).toBe(expected);
});

test.each<[string, Buffer, string]>([
  ['an empty file', Buffer.alloc(0), 'expected 64 bytes at 0, found the end of the file at 0'],
  ['a text', Buffer.alloc(100, 'hello'), 'expected a 64-bit little-endian ELF file'],
  ['a 32-bit module', kernelModule('a', { patch: (file) => file.writeUInt8(1, 4) }), 'expected a 64-bit little-endian'],
  [
    'a table beyond the end of the file',
    kernelModule('a', { patch: (file) => file.writeBigUInt64LE(2n ** 60n, 40) }),
    'found the end of the file',
  ],
  ['no sections', kernelModule('a', { patch: (file) => file.writeUInt16LE(0, 60) }), 'expected a table of sections'],
  [
    'more sections than the file has room for',
    kernelModule('a', { patch: (file) => file.writeUInt16LE(65_535, 60) }),
    'found the end of the file',
  ],
  [
    'section names that are no section',
    kernelModule('a', { patch: (file) => file.writeUInt16LE(7, 62) }),
    'expected a section 7, found none',
  ],
  [
    'a section of a size that nobody has',
    kernelModule('a', { patch: (file) => file.writeBigUInt64LE(2n ** 63n, file.length - 32) }),
    'found the end of the file',
  ],
  [
    'another name for .modinfo',
    kernelModule('a', { patch: (file) => file.write('x', file.indexOf('.modinfo')) }),
    'expected a section .modinfo, found none',
  ],
])('%s is an error that says what was expected', (_title, file, message) => {
  expect(() => read(file)).toThrow(expect.objectContaining({ code: 'format' }));
  expect(() => read(file)).toThrow(message);
});
