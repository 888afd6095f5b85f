// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { describe, expect, it } from 'vitest';
import { cpioEntries } from '../../../src/archive/cpio.ts';
import { addUses, memoryNeeded, memoryUse } from '../../../src/emit/memory.ts';
import type { Bytes } from '../../../src/file-tree.ts';
import { directory, file, symlink, treeOf } from '../../support/trees.ts';

const mebibyte = 2 ** 20;

describe('the memory of an unpacked system', () => {
  it('counts contents in whole pages, and each inode once', () => {
    const shared = file('x'.repeat(4097));
    const tree = treeOf({ d: directory(), a: shared, b: shared, c: file('x'), e: file(''), l: symlink('a') });
    expect(memoryUse(cpioEntries(tree, '' as Bytes))).toEqual({ bytes: 3 * 4096, inodes: 6 });
  });

  it('adds up over segments', () => {
    expect(
      addUses([
        { bytes: 1, inodes: 2 },
        { bytes: 10, inodes: 20 },
      ]),
    ).toEqual({ bytes: 11, inodes: 22 });
    expect(addUses([])).toEqual({ bytes: 0, inodes: 0 });
  });

  it('is twice the contents, the initrd and what the kernel takes', () => {
    expect(memoryNeeded({ bytes: 100 * mebibyte, inodes: 1000 }, 50 * mebibyte)).toBe(128 + 200 + 50);
    expect(memoryNeeded({ bytes: 1, inodes: 1 }, 1)).toBe(129);
  });

  it('is more when there are more inodes than pages', () => {
    expect(memoryNeeded({ bytes: 0, inodes: 256 * 100 }, 0)).toBe(128 + 200);
  });
});
