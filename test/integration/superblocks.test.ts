// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

import { closeSync, mkdirSync, openSync, readSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { type Content, contentOf } from '../../init/program/superblock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const mebibyte = 1024 ** 2;

/** Command with "FILE" for the device and "TREE" for a folder with a file in it. */
const cases: Readonly<Record<string, string>> = {
  'ext2 with a label': 'mkfs.ext2 -q -F -L second FILE',
  ext3: 'mkfs.ext3 -q -F FILE',
  'ext4 with a label of 16 bytes': 'mkfs.ext4 -q -F -L sixteen-letters! FILE',
  xfs: 'mkfs.xfs -q -L data FILE',
  btrfs: 'mkfs.btrfs -q -L lärm FILE',
  FAT12: 'mkfs.vfat -F 12 -n SMALL FILE 4096',
  'FAT16 without a label': 'mkfs.vfat -F 16 FILE',
  'FAT32 with a serial number': 'mkfs.vfat -F 32 -i 0a1b2c3d -n BIG FILE',
  swap: 'mkswap -q -L pages FILE',
  LUKS1: 'cryptsetup luksFormat -q --type luks1 --pbkdf-force-iterations 1000 FILE',
  'LUKS2 with a label':
    'cryptsetup luksFormat -q --type luks2 --label secret --pbkdf pbkdf2 --pbkdf-force-iterations 1000 FILE',
  'ISO 9660': 'xorriso -as mkisofs -quiet -V DISC -o FILE TREE',
  EROFS: 'mkfs.erofs --quiet FILE TREE',
  SquashFS: 'mksquashfs TREE FILE -quiet -noappend -no-progress',
  nothing: 'true',
};

/** What blkid says. */
async function judged(file: string): Promise<Readonly<Record<string, string>>> {
  const found: [string, string][] = [];
  for (const name of ['TYPE', 'LABEL', 'UUID']) {
    const { stdout } = await execa('blkid', ['-p', '-o', 'value', '-s', name, file], { reject: false });
    if (stdout !== '') found.push([name, stdout]);
  }
  return Object.fromEntries(found);
}

function ours(file: string, size: number): Content | undefined {
  const fd = openSync(file, 'r');
  try {
    return contentOf((offset, length) => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
    }, size);
  } finally {
    closeSync(fd);
  }
}

test.each(Object.entries(cases))('type, label and UUID are what blkid says: %s', async (_, command) => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'device');
  const tree = join(folder.path, 'tree');
  mkdirSync(tree);
  writeFileSync(join(tree, 'file'), 'content');
  const size = 320 * mebibyte;
  writeFileSync(file, '');
  truncateSync(file, size);
  const [program = '', ...words] = command.split(' ');
  const args = words.map((word) => ({ FILE: file, TREE: tree })[word] ?? word);
  await execa(program, args, { input: 'a password', env: { SOURCE_DATE_EPOCH: '1600000000' } });
  truncateSync(file, size);
  const content = ours(file, size);
  const found =
    content === undefined
      ? {}
      : {
          TYPE: content.type,
          ...(content.label !== undefined && { LABEL: Buffer.from(content.label).toString() }),
          ...(content.uuid !== undefined && { UUID: content.uuid }),
        };
  expect(found).toEqual(await judged(file));
});

test('a part of a RAID, of either kind of superblock, is not taken for the file system that it looks like', async () => {
  using folder = temporaryFolder();
  const size = 64 * mebibyte;
  for (const [name, at] of [
    ['version 1.0', size - 8192],
    ['version 0.90', size - 65_536],
  ] as const) {
    const file = join(folder.path, name);
    writeFileSync(file, '');
    truncateSync(file, size);
    await execa('mkfs.ext4', ['-q', '-F', file, '60M']);
    const magic = new Uint8Array([0xfc, 0x4e, 0x2b, 0xa9]);
    const fd = openSync(file, 'r+');
    writeSync(fd, magic, 0, 4, at);
    closeSync(fd);
    expect(ours(file, size)).toEqual({ type: 'linux_raid_member' });
  }
});
