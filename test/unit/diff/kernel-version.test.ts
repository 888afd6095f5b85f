// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { expect, test } from 'vitest';
import { kernelVersion } from '../../../src/diff/kernel-version.ts';

/** The start of a bzImage that has its version at `offset` (Linux Documentation/arch/x86/boot.rst). */
function bzImage(version: string, offset = 0x3000): Buffer {
  const image = Buffer.alloc(0x4000, 0xff);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(offset, 0x20e);
  image.write(`${version}\0`, offset + 0x200, 'latin1');
  return image;
}

test('a bzImage says its version', () => {
  expect(kernelVersion(bzImage('6.1.0-13-cloud-amd64 (debian) #1 SMP'))).toBe('6.1.0-13-cloud-amd64 (debian) #1 SMP');
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a text', Buffer.from('a kernel')],
  ['no version', bzImage('x', 0)],
  ['a version that does not end', bzImage('x'.repeat(500))],
  ['one behind the end', bzImage('6', 0x3000).subarray(0, 0x1000)],
])('%s has none', (_, image) => {
  expect(kernelVersion(image)).toBeUndefined();
});
